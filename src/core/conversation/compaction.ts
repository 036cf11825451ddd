import type { UserMessage } from "../messages.ts";
import { addMessage, beginTranscript, placedMessages, type Placed, type Transcript } from "./transcript.ts";

/*
 * The middle of a transcript, replaced by a summary: the task stays, then comes the summary in the same user message, then the newest
 * answers with their results. An answer is kept whole or not at all, so every call keeps its result, and no thought stands alone.
 */

/** The first place of what is kept: the first answer of `keepFromTurn` or later; never beyond an answer with open calls. */
function firstKept(all: readonly Placed[], keepFromTurn: number, isOpen: boolean): number {
  const found = all.findIndex(({ turn, message }) => message.role === "assistant" && turn >= keepFromTurn);
  const place = found === -1 ? all.length : found;
  const newest = all.findLastIndex(({ message }) => message.role === "assistant");
  return isOpen && newest !== -1 ? Math.min(place, newest) : place;
}

export function compact(
  transcript: Transcript,
  task: UserMessage,
  { keepFromTurn, summary, isOpen }: { keepFromTurn: number; summary: string; isOpen: boolean },
): Transcript {
  const all = placedMessages(transcript);
  const head: UserMessage = { role: "user", content: [...task.content, { type: "text", text: summary }] };
  return all
    .slice(firstKept(all, keepFromTurn, isOpen))
    .reduce((kept, { turn, message }) => addMessage(kept, message, turn), beginTranscript(head));
}

/** What a summary up to `keepFromTurn` has to cover: all but the task itself and what is kept. An earlier summary is part of it. */
export function middleOf(transcript: Transcript, task: UserMessage, keepFromTurn: number): Placed[] {
  const all = placedMessages(transcript);
  const [head, ...rest] = all.slice(0, firstKept(all, keepFromTurn, false));
  if (head === undefined || head.message.role !== "user") return rest;
  const said = head.message.content.slice(task.content.length);
  return said.length === 0 ? rest : [{ turn: 0, message: { role: "user", content: said } }, ...rest];
}
