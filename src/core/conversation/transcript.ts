import type { AssistantMessage, Message, UserMessage } from "../messages.ts";
import { Sequence } from "./sequence.ts";

/*
 * The messages of a conversation as they grow.
 *
 * T1 User and assistant messages alternate, a user message first; what is added for the role of the last message joins that message.
 * T2 Adding costs what is added, however long the transcript is. Cutting and replacing cost its length, and happen seldom.
 * T3 A message that is not the last is never made anew: it is the same object in every list of messages, so it is hashed once.
 */

/** A message with the answer it belongs to: the first answer in it, or the one that it replies to; 0 for the task. */
export interface Placed {
  readonly turn: number;
  readonly message: Message;
}

type UserBlock = UserMessage["content"][number];
type AssistantBlock = AssistantMessage["content"][number];
type Last =
  | { readonly role: "user"; readonly turn: number; readonly blocks: Sequence<UserBlock> }
  | { readonly role: "assistant"; readonly turn: number; readonly blocks: Sequence<AssistantBlock> };

export interface Transcript {
  /** All messages but the last. */
  readonly earlier: Sequence<Placed>;
  readonly last: Last;
}

const growing = (message: Message, turn: number): Last =>
  message.role === "user"
    ? { role: "user", turn, blocks: Sequence.of(...message.content) }
    : { role: "assistant", turn, blocks: Sequence.of(...message.content) };

const made = new WeakMap<Last, Placed>();

function placed(last: Last): Placed {
  const known = made.get(last);
  if (known !== undefined) return known;
  const { turn } = last;
  const fresh: Placed =
    last.role === "user"
      ? { turn, message: { role: "user", content: last.blocks.toArray() } }
      : { turn, message: { role: "assistant", content: last.blocks.toArray() } };
  made.set(last, fresh);
  return fresh;
}

export const beginTranscript = (task: UserMessage): Transcript => ({
  earlier: Sequence.of<Placed>(),
  last: growing(task, 0),
});

export function addMessage(transcript: Transcript, message: Message, turn: number): Transcript {
  const { earlier, last } = transcript;
  if (last.role === "user" && message.role === "user") {
    return { earlier, last: { ...last, blocks: message.content.reduce((all, block) => all.with(block), last.blocks) } };
  }
  if (last.role === "assistant" && message.role === "assistant") {
    return { earlier, last: { ...last, blocks: message.content.reduce((all, block) => all.with(block), last.blocks) } };
  }
  return { earlier: earlier.with(placed(last)), last: growing(message, turn) };
}

/** Every message with its turn, oldest first. */
export const placedMessages = ({ earlier, last }: Transcript): Placed[] => [...earlier, placed(last)];

export const messagesOf = (transcript: Transcript): Message[] =>
  placedMessages(transcript).map(({ message }) => message);

/** The transcript of these messages, at least one. */
export function transcriptOf(all: readonly Placed[]): Transcript | null {
  const last = all.at(-1);
  if (last === undefined) return null;
  return { earlier: Sequence.of(...all.slice(0, -1)), last: growing(last.message, last.turn) };
}
