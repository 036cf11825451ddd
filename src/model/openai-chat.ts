import type { ChatCompletionChunk } from "openai/resources/chat/completions";
import type { StopReason } from "../core/messages.ts";
import type { Arriving } from "./arriving.ts";
import { disjoint } from "./openai-usage.ts";

/*
 * Chunks of Chat Completions. An answer is whole when its reason to stop and its usage were told: the first says that no piece follows,
 * and without the second it could not be charged.
 */

type Choice = ChatCompletionChunk["choices"][number];

export function takeChunk(answer: Arriving, chunk: ChatCompletionChunk): void {
  answer.id = chunk.id;
  // Only the first choice was asked for.
  for (const choice of chunk.choices) if (choice.index === 0) takeChoice(answer, choice);
  const { usage } = chunk;
  if (usage !== undefined && usage !== null) {
    const { cached_tokens: cached, cache_write_tokens: written } = usage.prompt_tokens_details ?? {};
    answer.usage = disjoint({ input: usage.prompt_tokens, cached, written, output: usage.completion_tokens });
  }
  answer.whole = answer.stop !== null && answer.usage !== null;
}

const FINISH_REASONS: ReadonlyMap<string, StopReason> = new Map([
  ["stop", "end_turn"],
  ["tool_calls", "tool_use"],
  ["length", "max_tokens"],
  ["content_filter", "refusal"],
]);

function takeChoice(answer: Arriving, { delta, finish_reason: reason }: Choice): void {
  takeText(answer, "text", delta.content);
  takeText(answer, "refusal", delta.refusal);
  for (const call of delta.tool_calls ?? []) takeCall(answer, call);
  if (reason !== null && reason !== undefined) answer.stop = FINISH_REASONS.get(reason) ?? "unknown";
  if (answer.stop === "end_turn" && answer.parts.has("refusal")) answer.stop = "refusal";
}

function takeText(answer: Arriving, key: "text" | "refusal", piece: string | null | undefined): void {
  if (piece === null || piece === undefined || piece === "") return;
  const before = answer.parts.get(key);
  if (before?.type === "text") before.text += piece;
  else answer.parts.set(key, { type: "text", text: piece });
}

/** Its id and name come with the first piece of a call, its input piece by piece. */
function takeCall(answer: Arriving, call: NonNullable<Choice["delta"]["tool_calls"]>[number]): void {
  const key = `call.${call.index}`;
  const before = answer.parts.get(key);
  const json = call.function?.arguments ?? "";
  if (before?.type === "tool_call") before.json += json;
  else {
    const name = call.function?.name ?? "";
    answer.parts.set(key, { type: "tool_call", id: call.id ?? key, name, given: null, json });
  }
}
