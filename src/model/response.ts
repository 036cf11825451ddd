import type {
  RawContentBlockDelta,
  RawContentBlockStartEvent,
  RawMessageStreamEvent,
} from "@anthropic-ai/sdk/resources/messages";
import type { StopReason, Usage } from "../core/messages.ts";
import type { Arriving, Part } from "./arriving.ts";

/* Anthropic's events. The sign of the end is `message_stop`; pieces of one answer have a block's index as their key. */

/** Takes the next event in. An event of an unknown type is passed over. */
export function take(answer: Arriving, event: RawMessageStreamEvent): void {
  switch (event.type) {
    case "message_start":
      answer.id = event.message.id;
      answer.usage = usageOf(event.message.usage, answer.usage);
      return;
    case "content_block_start": {
      const part = partOf(event.content_block);
      if (part !== null) answer.parts.set(String(event.index), part);
      return;
    }
    case "content_block_delta": {
      const part = answer.parts.get(String(event.index));
      if (part !== undefined) extend(part, event.delta);
      return;
    }
    case "message_delta":
      if (event.delta.stop_reason !== null && event.delta.stop_reason !== undefined)
        answer.stop = STOP_REASONS.get(event.delta.stop_reason) ?? "unknown";
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
