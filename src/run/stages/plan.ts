import type { RunEvent } from "../../core/events.ts";
import { commandsOf } from "../testing/commands-of.ts";
import { quoteAnswer } from "../talk/conversing.ts";
import type { Workplace } from "../talk/executor-talk.ts";
import { plannerTalk } from "../talk/planner-talk.ts";
import { beginPlanning, planningId } from "../planning/planning.ts";
import { concludePlanning } from "../planning/proposal.ts";
import type { StageContext } from "../stage.ts";
import { baseTree, inWorkspace } from "../workspace.ts";

async function* work(context: StageContext, place: Workplace): AsyncGenerator<RunEvent, void> {
  const { test } = place;
  if (context.state().conversations[planningId(context)] === undefined) yield beginPlanning(context, test);
  yield* quoteAnswer(context);
  const fact = concludePlanning(context, yield* plannerTalk(context, place), test);
  if (fact !== null) yield fact;
}

/** Reads the repository in a workspace that cannot be written to, and proposes a plan or asks. */
export async function* plan(context: StageContext): AsyncGenerator<RunEvent, void> {
  const base = await baseTree(context);
  const { test } = await commandsOf(context, base);
  yield* inWorkspace(context, { purpose: "plan", base, writable: false, fromCheckpoint: false }, (open) =>
    work(context, { open, base, test }),
  );
}
