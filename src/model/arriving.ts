import type { AssistantMessage, StopReason, ToolCall, Usage } from "../core/messages.ts";
import type { PartialAnswer } from "../ports/model.ts";

/*
 * An answer as it arrives, in no vendor's words. Each wire takes its own events in.
 *
 * 1. An answer counts only once the wire's own sign of its end was seen: a stream that just ends has been cut, however well its parts
 *    parse.
 * 2. A tool call may run only if the answer stopped for `tool_use` and the call's input is a whole JSON object. Every other call is
 *    kept, because it needs a result, but carries its raw text in `malformed` and an empty input: a reader that runs no call with
 *    `malformed` never runs half of one, whatever the stop reason.
 */

export type Part =
  | { readonly type: "text"; text: string }
  | { readonly type: "thinking"; text: string; signature: string; readonly redacted: boolean }
  /** `given` is the input that stood at the call's beginning; it counts while no piece has come. */
  | { readonly type: "tool_call"; id: string; name: string; readonly given: unknown; json: string };

export interface Arriving {
  id: string;
  usage: Usage | null;
  /** Null until it was said; `unknown` when the vendor's word is new to us. */
  stop: StopReason | "unknown" | null;
  /** The end was seen. */
  whole: boolean;
  /** The vendor's word for an error in mid-answer. */
  error: string | null;
  /** In the order of their first event. */
  readonly parts: Map<string, Part>;
}

export const nothingYet = (): Arriving => ({
  id: "",
  usage: null,
  stop: null,
  whole: false,
  error: null,
  parts: new Map(),
});

/** What a watcher sees. */
export function partialOf({ parts }: Arriving): PartialAnswer {
  let text = "";
  const calls: { name: string; json: string }[] = [];
  for (const part of parts.values()) {
    if (part.type === "text") text += part.text;
    else if (part.type === "tool_call") calls.push({ name: part.name, json: part.json });
  }
  return { text, calls };
}

/**
 * The message of a whole answer. Left out: blank text, and thinking cut off before its signature; the vendor takes neither back.
 */
export function messageOf(answer: Arriving, stopReason: StopReason): AssistantMessage {
  const content = [...answer.parts.values()].flatMap((part): AssistantMessage["content"] => {
    if (part.type === "tool_call") return [callOf(part, stopReason)];
    if (part.type === "text") return part.text.trim() === "" ? [] : [{ type: "text", text: part.text }];
    if (part.signature === "") return [];
    const thinking = { type: "thinking" as const, text: part.text, signature: part.signature };
    return [part.redacted ? { ...thinking, redacted: true } : thinking];
  });
  return { role: "assistant", content };
}

function callOf(part: Extract<Part, { type: "tool_call" }>, stopReason: StopReason): ToolCall {
  const raw = part.json === "" ? JSON.stringify(part.given ?? {}) : part.json;
  const input = stopReason === "tool_use" ? objectOf(raw) : null;
  const call = { type: "tool_call" as const, id: part.id, name: part.name };
  return input === null ? { ...call, input: {}, malformed: raw } : { ...call, input };
}

function objectOf(json: string): ToolCall["input"] | null {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
    return value as ToolCall["input"]; // what JSON.parse returns is JSON
  } catch {
    return null;
  }
}
