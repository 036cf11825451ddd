import type {
  RawContentBlockDelta,
  RawContentBlockStartEvent,
  RawMessageStreamEvent,
} from "@anthropic-ai/sdk/resources/messages";
import type { AssistantMessage, StopReason, ToolCall, Usage } from "../core/messages.ts";

/*
 * An answer as it arrives, event by event.
 *
 * 1. An answer counts only once `message_stop` was seen: a stream that just ends has been cut, however well its parts parse.
 * 2. A tool call may run only if the answer stopped for `tool_use` and the call's input is a whole JSON object. Every other call is
 *    kept, because it needs a result, but carries its raw text in `malformed` and an empty input: a reader that runs no call with
 *    `malformed` never runs half of one, whatever the stop reason.
 */

type Part =
  | { readonly type: "text"; text: string }
  | { readonly type: "thinking"; text: string; signature: string; readonly redacted: boolean }
  | { readonly type: "tool_call"; readonly id: string; readonly name: string; readonly given: unknown; json: string };

export interface Arriving {
  id: string;
  usage: Usage | null;
  /** The vendor's word; null until it was said. */
  stopReason: string | null;
  /** `message_stop` was seen. */
  whole: boolean;
  /** In the order of their first event. */
  readonly parts: Map<number, Part>;
}

export const nothingYet = (): Arriving => ({ id: "", usage: null, stopReason: null, whole: false, parts: new Map() });

/** Takes the next event in. An event of an unknown type is passed over. */
export function take(answer: Arriving, event: RawMessageStreamEvent): void {
  switch (event.type) {
    case "message_start":
      answer.id = event.message.id;
      answer.usage = usageOf(event.message.usage, answer.usage);
      return;
    case "content_block_start": {
      const part = partOf(event.content_block);
      if (part !== null) answer.parts.set(event.index, part);
      return;
    }
    case "content_block_delta": {
      const part = answer.parts.get(event.index);
      if (part !== undefined) extend(part, event.delta);
      return;
    }
    case "message_delta":
      answer.stopReason = event.delta.stop_reason ?? answer.stopReason;
      answer.usage = usageOf(event.usage, answer.usage);
      return;
    case "message_stop":
      answer.whole = true;
      return;
    case "content_block_stop":
      return;
  }
}

function partOf(block: RawContentBlockStartEvent["content_block"]): Part | null {
  switch (block.type) {
    case "text":
      return { type: "text", text: block.text };
    case "thinking":
      return { type: "thinking", text: block.thinking, signature: block.signature, redacted: false };
    case "redacted_thinking":
      return { type: "thinking", text: "", signature: block.data, redacted: true };
    case "tool_use":
      return { type: "tool_call", id: block.id, name: block.name, given: block.input, json: "" };
    default:
      return null;
  }
}

function extend(part: Part, delta: RawContentBlockDelta): void {
  if (part.type === "text" && delta.type === "text_delta") part.text += delta.text;
  else if (part.type === "thinking" && delta.type === "thinking_delta") part.text += delta.thinking;
  else if (part.type === "thinking" && delta.type === "signature_delta") part.signature += delta.signature;
  else if (part.type === "tool_call" && delta.type === "input_json_delta") part.json += delta.partial_json;
}

interface WireUsage {
  readonly input_tokens?: number | null;
  readonly cache_read_input_tokens?: number | null;
  readonly cache_creation_input_tokens?: number | null;
  readonly output_tokens?: number | null;
}

/** Later counts are cumulative and replace earlier ones; a count left out keeps its earlier value. */
function usageOf(wire: WireUsage | null | undefined, before: Usage | null): Usage {
  return {
    input: wire?.input_tokens ?? before?.input ?? 0,
    cacheRead: wire?.cache_read_input_tokens ?? before?.cacheRead ?? 0,
    cacheWrite: wire?.cache_creation_input_tokens ?? before?.cacheWrite ?? 0,
    output: wire?.output_tokens ?? before?.output ?? 0,
  };
}

const STOP_REASONS: ReadonlyMap<string, StopReason> = new Map([
  ["end_turn", "end_turn"],
  ["stop_sequence", "end_turn"],
  ["tool_use", "tool_use"],
  ["max_tokens", "max_tokens"],
  ["refusal", "refusal"],
  ["pause_turn", "pause_turn"],
  ["model_context_window_exceeded", "context_exceeded"],
]);

/** Null when the vendor's word is new to us. */
export const stopReasonOf = (wire: string): StopReason | null => STOP_REASONS.get(wire) ?? null;

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
