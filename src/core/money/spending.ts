import type { EventOf } from "../events.ts";
import { addUsage } from "../messages.ts";
import type { RunState } from "../state.ts";
import type { MicroUsd } from "./money.ts";

/* What the end of a model call means for the run's money: its reservation is gone, and what it cost is counted by all that it is told by. */

type Changes = Partial<RunState>;

const plus = <K extends string>(sums: Readonly<Partial<Record<K, MicroUsd>>>, key: K, amount: MicroUsd) => ({
  ...sums,
  [key]: (sums[key] ?? 0) + amount,
});

function spend(state: RunState, conversation: string, amount: MicroUsd): Changes {
  const { [conversation]: _, ...openCalls } = state.openCalls;
  return {
    openCalls,
    costMicroUsd: state.costMicroUsd + amount,
    costByConversation: plus(state.costByConversation, conversation, amount),
    costByRole: plus(state.costByRole, state.conversations[conversation]?.role ?? "", amount),
    ...(state.stage !== null && { costByStage: plus(state.costByStage, state.stage, amount) }),
  };
}

export const payAnswer = (state: RunState, event: EventOf<"model.responded">): Changes => ({
  ...spend(state, event.conversation, event.costMicroUsd),
  usage: addUsage(state.usage, event.usage),
  turns: state.turns + 1,
});

export const payFailure = (state: RunState, event: EventOf<"model.failed">): Changes =>
  spend(state, event.conversation, event.costMicroUsd);
