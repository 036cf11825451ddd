import { z } from "zod";

/*
 * A conversation with a model in no vendor's words. Drivers translate; everything else speaks this.
 * A conversation alternates user and assistant messages; every tool call of an assistant message is answered by exactly one
 * tool result, in the order of the calls, in the user message directly after it.
 */

export const TextBlock = z.object({ type: z.literal("text"), text: z.string() });
/** A model's reasoning. `signature` is the vendor's proof and must travel back unchanged; `redacted` holds opaque data instead of text. */
export const ThinkingBlock = z.object({
  type: z.literal("thinking"),
  text: z.string(),
  signature: z.string(),
  redacted: z.boolean().optional(),
});
/**
 * `input` is what the model sent, parsed but not yet checked against the tool's schema. `malformed` holds the raw text when it was not
 * JSON. `redacted` is set when a secret was masked in `input`, which then is not what the model sent.
 */
export const ToolCall = z.object({
  type: z.literal("tool_call"),
  id: z.string(),
  name: z.string(),
  input: z.record(z.string(), z.json()),
  malformed: z.string().optional(),
  redacted: z.boolean().optional(),
});
export const ToolResult = z.object({
  type: z.literal("tool_result"),
  callId: z.string(),
  content: z.string(),
  isError: z.boolean(),
});

export const AssistantMessage = z.object({
  role: z.literal("assistant"),
  content: z.array(z.discriminatedUnion("type", [TextBlock, ThinkingBlock, ToolCall])),
});
export const UserMessage = z.object({
  role: z.literal("user"),
  content: z.array(z.discriminatedUnion("type", [TextBlock, ToolResult])),
});
export const Message = z.discriminatedUnion("role", [AssistantMessage, UserMessage]);

export type TextBlock = z.infer<typeof TextBlock>;
export type ThinkingBlock = z.infer<typeof ThinkingBlock>;
export type ToolCall = z.infer<typeof ToolCall>;
export type ToolResult = z.infer<typeof ToolResult>;
export type AssistantMessage = z.infer<typeof AssistantMessage>;
export type UserMessage = z.infer<typeof UserMessage>;
export type Message = z.infer<typeof Message>;

/** Why a model stopped. `context_exceeded` is a request or an answer that no longer fits the model's window. */
export const StopReason = z.enum(["end_turn", "tool_use", "max_tokens", "refusal", "pause_turn", "context_exceeded"]);
export type StopReason = z.infer<typeof StopReason>;

/** Tokens of one answer. The three input counts are disjoint: `input` is what was neither read from nor written to the cache. */
export const Usage = z.object({
  input: z.int().nonnegative(),
  cacheRead: z.int().nonnegative(),
  cacheWrite: z.int().nonnegative(),
  output: z.int().nonnegative(),
});
export type Usage = z.infer<typeof Usage>;

export const ZERO_USAGE: Usage = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 };

export const addUsage = (a: Usage, b: Usage): Usage => ({
  input: a.input + b.input,
  cacheRead: a.cacheRead + b.cacheRead,
  cacheWrite: a.cacheWrite + b.cacheWrite,
  output: a.output + b.output,
});

/** A tool as the model is told of it. `schema` is JSON Schema (draft-07) with `additionalProperties: false` throughout. */
export const ToolDefinition = z.object({
  name: z.string(),
  description: z.string(),
  schema: z.record(z.string(), z.json()),
});
export type ToolDefinition = z.infer<typeof ToolDefinition>;

export const Effort = z.enum(["low", "medium", "high"]);
export type Effort = z.infer<typeof Effort>;

/** All a model is asked. Equal requests must serialise to equal bytes. */
export interface ModelRequest {
  readonly model: string;
  readonly effort: Effort;
  readonly system: string;
  readonly tools: readonly ToolDefinition[];
  readonly messages: readonly Message[];
  /** Upper bound of the answer, thinking included, in tokens. */
  readonly maxOutputTokens: number;
}
