import { beginConversation } from "./conversation.ts";
import type { EventOf } from "../events.ts";
import { childKey, type RunState } from "../state.ts";

/**
 * The fold of a conversation's beginning. A fresh context that goes on with another holds what the tests and the review said, so the
 * executor is not told of it again.
 */
export function withConversation(state: RunState, event: EventOf<"conversation.started">): Partial<RunState> {
  const { conversation, model, effort, continues, parent, reason = "" } = event;
  const before = continues === undefined ? undefined : state.conversations[continues.conversation];
  const conversations = { ...state.conversations, [conversation]: beginConversation(event, before) };
  if (parent !== undefined) {
    const key = childKey(parent.conversation, parent.callId);
    return { conversations, children: { ...state.children, [key]: conversation } };
  }
  if (continues === undefined) return { conversations };
  const handOffs = [...state.handOffs, { conversation, model, effort, cause: continues.cause, reason }];
  return { conversations, handOffs, fixesAsked: state.attempts.length, reviewsTold: state.reviews.length };
}
