import { EXECUTOR_TOOLS } from "../../agent/toolsets.ts";
import type { RunEvent } from "../../core/events.ts";
import type { OpenWorkspace } from "../../ports/sandbox.ts";
import { saveCheckpoint } from "../checkpoint.ts";
import { commandsOf } from "../commands-of.ts";
import { conversing, quoteAnswer, settleOpenCall } from "../conversing.ts";
import { askForFix, beginWork, concludeWork, CONVERSATION } from "../executing.ts";
import { untilPublishable } from "../returned-work.ts";
import type { StageContext } from "../stage.ts";
import { baseTree, inWorkspace } from "../workspace.ts";

async function* work(context: StageContext, open: OpenWorkspace, test: string | null): AsyncGenerator<RunEvent, void> {
  if (context.state().conversations[CONVERSATION] === undefined) yield beginWork(context, test);
  yield* settleOpenCall(context);
  yield* quoteAnswer(context);
  yield* askForFix(context);
  const end = yield* untilPublishable(context, () =>
    conversing(context, {
      stage: "implement",
      conversation: CONVERSATION,
      open,
      tools: EXECUTOR_TOOLS,
      async *afterTools(turn, wrote) {
        if (wrote) yield await saveCheckpoint(context, open, { conversation: CONVERSATION, turn });
      },
    }),
  );
  const fact = concludeWork(end);
  if (fact !== null) yield fact;
}

/** Carries out the approved plan, or mends what the tests found, until the executor submits. */
export async function* implement(context: StageContext): AsyncGenerator<RunEvent, void> {
  const base = await baseTree(context);
  const { test } = await commandsOf(context, base);
  const purpose = `implement-${context.round}`;
  yield* inWorkspace(context, { purpose, base, writable: true, fromCheckpoint: true }, (open) =>
    work(context, open, test),
  );
}
