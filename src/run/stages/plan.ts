import type { LoopEnd } from "../../agent/options.ts";
import { PLANNER_TOOLS } from "../../agent/toolsets.ts";
import { JourneymanError } from "../../core/errors.ts";
import type { RunEvent } from "../../core/events.ts";
import type { OpenWorkspace } from "../../ports/sandbox.ts";
import { commandsOf } from "../commands-of.ts";
import { conversing, quoteAnswer, settleOpenCall } from "../conversing.ts";
import { beginPlanning, planningId, propose } from "../planning.ts";
import type { StageContext } from "../stage.ts";
import { baseTree, inWorkspace } from "../workspace.ts";

function conclude(context: StageContext, end: LoopEnd, test: string | null): RunEvent | null {
  const conversation = planningId(context);
  switch (end.kind) {
    case "submitted":
      return propose(context, end.input, test);
    case "asked":
      return { type: "question.asked", conversation, callId: end.callId, questions: [...end.questions] };
    case "ended_without_submit":
      throw new JourneymanError("plan_invalid", { reason: "it answered with text instead of a plan" });
    case "stopped":
      return null;
  }
}

async function* work(context: StageContext, open: OpenWorkspace, test: string | null): AsyncGenerator<RunEvent, void> {
  const conversation = planningId(context);
  if (context.state().conversations[conversation] === undefined) yield beginPlanning(context, test);
  yield* settleOpenCall(context);
  yield* quoteAnswer(context);
  const end = yield* conversing(context, {
    stage: "plan",
    conversation,
    open,
    tools: PLANNER_TOOLS,
    // eslint-disable-next-line require-yield -- nothing that a planner does can change the workspace
    async *afterTools() {},
  });
  const fact = conclude(context, end, test);
  if (fact !== null) yield fact;
}

/** Reads the repository in a workspace that cannot be written to, and proposes a plan or asks. */
export async function* plan(context: StageContext): AsyncGenerator<RunEvent, void> {
  const base = await baseTree(context);
  const { test } = await commandsOf(context, base);
  yield* inWorkspace(context, { purpose: "plan", base, writable: false, fromCheckpoint: false }, (open) =>
    work(context, open, test),
  );
}
