import type { RunState } from "../state.ts";
import type { Conversation } from "./conversation.ts";
import { workingConversation } from "./working.ts";

/** Whether the call that this conversation answers still waits for its result. */
function isAwaited(state: RunState, id: string): boolean {
  return Object.entries(state.children).some(([key, child]) => {
    const [parent = "", callId] = key.split(" ");
    const pending = state.conversations[parent]?.pending ?? [];
    return child === id && pending.some((call) => call.id === callId);
  });
}

function isOpen(state: RunState, id: string): boolean {
  const [family = ""] = id.split(".");
  switch (family) {
    case "route":
      return state.routing === null && id === `route.${state.replans + 1}`;
    case "explore":
      return state.exploration === null;
    case "plan":
      return state.plan === null && id === `plan.${state.replans + 1}`;
    case "implement":
      return id === workingConversation(state)?.id;
    case "review":
      return id === `review.${state.reviews.length + 1}`;
    case "summary":
      return !Object.values(state.conversations).some(({ compactions }) => compactions.includes(id));
    default:
      return isAwaited(state, id);
  }
}

/** The conversations in which somebody may still be asked something. */
export const openConversations = (state: RunState): readonly Conversation[] =>
  Object.values(state.conversations).filter(({ id }) => isOpen(state, id));
