import type { RunEvent } from "../../core/events.ts";
import { workingConversation } from "../../core/conversation/working.ts";
import { commandsOf } from "../testing/commands-of.ts";
import { beginWork, workingIn } from "../work/executing.ts";
import { executorTalk, type Workplace } from "../talk/executor-talk.ts";
import { takeUp } from "../work/feedback.ts";
import { untilPublishable } from "../work/returned-work.ts";
import type { StageContext } from "../stage.ts";
import { concludeWork } from "../work/submission.ts";
import { baseTree, inWorkspace } from "../workspace.ts";

async function* work(context: StageContext, place: Workplace): AsyncGenerator<RunEvent, void> {
  if (workingConversation(context.state()) === null) yield beginWork(context, place.test);
  yield* takeUp(context, place.test);
  const end = yield* untilPublishable(context, () => executorTalk(context, place));
  const fact = concludeWork(workingIn(context).id, end);
  if (fact !== null) yield fact;
}

/** Carries out the approved plan, or mends what the tests or the review found, until the executor submits. */
export async function* implement(context: StageContext): AsyncGenerator<RunEvent, void> {
  const base = await baseTree(context);
  const { test } = await commandsOf(context, base);
  const purpose = `implement-${context.round}`;
  yield* inWorkspace(context, { purpose, base, writable: true, fromCheckpoint: true }, (open) =>
    work(context, { open, base, test }),
  );
}
