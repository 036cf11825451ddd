import type { AssistantMessage } from "../core/messages.ts";
import * as names from "./conventions.ts";
import type { ChatWork, ToolWork } from "./work.ts";

/*
 * What was thought, done and seen, as text of a span: only on the operator's wish. It comes from facts, so it is redacted already.
 */

/** Longest text of one part of a message, of arguments, of a result, in characters. */
export const MAX_TEXT = 4_000;
/** Most parts of one message. */
const MAX_PARTS = 20;

const bounded = (text: string): string =>
  text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${text.length - MAX_TEXT} characters left out)`;

type Part = AssistantMessage["content"][number];

function partOf(part: Part): object {
  switch (part.type) {
    case "text":
      return { type: "text", content: bounded(part.text) };
    case "thinking":
      return { type: "reasoning", content: bounded(part.text) };
    case "tool_call":
      return { type: "tool_call", id: part.id, name: part.name, arguments: bounded(JSON.stringify(part.input)) };
  }
}

export function answerContent({ message, stopReason }: ChatWork): Record<string, string> {
  if (message === null) return {};
  const parts = message.content.slice(0, MAX_PARTS).map(partOf);
  return { [names.OUTPUT_MESSAGES]: JSON.stringify([{ role: "assistant", parts, finish_reason: stopReason }]) };
}

export const callContent = ({ call, result }: ToolWork): Record<string, string> => ({
  [names.TOOL_ARGUMENTS]: bounded(call.malformed ?? JSON.stringify(call.input)),
  ...(result !== null && { [names.TOOL_RESULT]: bounded(result) }),
});
