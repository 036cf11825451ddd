import type { AssistantMessage, ModelRequest, StopReason, ToolCall, Usage } from "../../src/core/messages.ts";
import type { ModelPrice } from "../../src/core/money/money.ts";
import type { Model, ModelFailure, ModelOutcome } from "../../src/ports/model.ts";

/** One answer of a script: fixed, or worked out from the request. */
export type Line =
  | ModelOutcome
  | ((request: ModelRequest, signal: AbortSignal) => ModelOutcome | Promise<ModelOutcome>);

export interface ScriptedPort extends Model {
  readonly requests: ModelRequest[];
}

export const PRICE: ModelPrice = {
  input: 5_000_000,
  cacheRead: 500_000,
  cacheWrite: 6_250_000,
  output: 25_000_000,
};

/** The Model port with its lines written beforehand; the last line is said for ever. Knows the price of `scripted-1` only. */
export function scriptedPort(...lines: readonly [Line, ...Line[]]): ScriptedPort {
  const requests: ModelRequest[] = [];
  return {
    requests,
    respond: async (request, signal) => {
      // A copy: what was asked must not change when the conversation grows.
      requests.push(structuredClone(request));
      const line = lines[requests.length - 1] ?? lines.at(-1) ?? fails("server_error");
      return typeof line === "function" ? line(request, signal) : line;
    },
    price: (model) => (model === "scripted-1" ? PRICE : null),
    standIn: () => null,
  };
}

const USAGE: Usage = { input: 100, cacheRead: 900, cacheWrite: 50, output: 20 };

export const answers = (
  content: AssistantMessage["content"],
  stopReason: StopReason,
  usage: Usage = USAGE,
): ModelOutcome => ({
  kind: "answered",
  message: { role: "assistant", content },
  stopReason,
  usage,
  requestId: "request-1",
  durationMs: 1,
});

export const says = (text: string, stopReason: StopReason = "end_turn"): ModelOutcome =>
  answers(text === "" ? [] : [{ type: "text", text }], stopReason);

export const call = (id: string, name: string, input: ToolCall["input"] = {}): ToolCall => ({
  type: "tool_call",
  id,
  name,
  input,
});

export const calls = (...toolCalls: readonly ToolCall[]): ModelOutcome => answers([...toolCalls], "tool_use");

export const fails = (failure: ModelFailure, about: { retryAfterMs?: number; billed?: Usage } = {}): ModelOutcome => ({
  kind: "failed",
  failure,
  detail: failure,
  retryAfterMs: about.retryAfterMs ?? null,
  billed: about.billed ?? null,
  durationMs: 1,
});

/** The same tool call again and again, each time under an id of its own. */
export function callsForEver(name: string, input: ToolCall["input"], id = "again"): Line {
  let count = 0;
  return () => {
    count += 1;
    return calls(call(`${id}_${count}`, name, input));
  };
}
