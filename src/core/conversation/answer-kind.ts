import type { AssistantMessage, StopReason } from "../messages.ts";

/** What an answer amounts to. `calls` has tool calls that arrived whole; `cut` reached the limit on its length, `overflow` that of the window. */
export type AnswerKind = "calls" | "text" | "empty" | "cut" | "paused" | "refused" | "overflow";

export function answerKind(message: AssistantMessage, stopReason: StopReason): AnswerKind {
  if (stopReason === "refusal") return "refused";
  if (stopReason === "context_exceeded") return "overflow";
  if (stopReason === "pause_turn") return "paused";
  if (stopReason === "max_tokens") return "cut";
  if (message.content.some((block) => block.type === "tool_call")) return "calls";
  return message.content.some((block) => block.type === "text" && block.text.trim() !== "") ? "text" : "empty";
}
