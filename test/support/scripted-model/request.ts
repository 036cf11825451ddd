import { createHash } from "node:crypto";
import { z } from "zod";

/* A request as it came over the wire. Unknown fields are let through, as the vendor's newer ones must be. */

const cacheControl = z.looseObject({ type: z.literal("ephemeral") }).nullish();
const marked = { cache_control: cacheControl };
const TextPart = z.looseObject({ type: z.literal("text"), text: z.string(), ...marked });
const Block = z.discriminatedUnion("type", [
  TextPart,
  z.looseObject({
    type: z.literal("tool_use"),
    id: z.string(),
    name: z.string(),
    input: z.record(z.string(), z.unknown()),
    ...marked,
  }),
  z.looseObject({
    type: z.literal("tool_result"),
    tool_use_id: z.string(),
    content: z.union([z.string(), z.array(TextPart)]).default(""),
    is_error: z.boolean().default(false),
    ...marked,
  }),
  z.looseObject({ type: z.literal("thinking"), thinking: z.string(), signature: z.string() }),
  z.looseObject({ type: z.literal("redacted_thinking"), data: z.string() }),
]);
/** A plain text is short for one block of text. */
const asBlocks = (given: unknown): unknown => (typeof given === "string" ? [{ type: "text", text: given }] : given);
const content = z.preprocess(asBlocks, z.array(Block));
const Tool = z.looseObject({ name: z.string(), input_schema: z.looseObject({ type: z.literal("object") }), ...marked });

export const WireRequest = z.looseObject({
  model: z.string().min(1),
  max_tokens: z.int().min(1),
  stream: z.boolean().default(false),
  system: z.preprocess(asBlocks, z.array(TextPart).default([])),
  tools: z.array(Tool).default([]),
  messages: z.array(z.looseObject({ role: z.enum(["user", "assistant"]), content })).min(1),
});
export type WireRequest = z.infer<typeof WireRequest>;
export type WireMessage = WireRequest["messages"][number];
export type WireBlock = z.infer<typeof Block>;

/** What a script decides from. All but `attempt` follows from the request alone, so a request sent again is answered the same. */
export interface ScriptRequest {
  readonly model: string;
  readonly system: string;
  /** Text of the first user message. */
  readonly task: string;
  readonly messages: readonly WireMessage[];
  readonly tools: readonly string[];
  /** Answers that the conversation already holds: 0 for its first request. */
  readonly n: number;
  /** Results that answer the latest tool calls. */
  readonly results: readonly { readonly content: string; readonly isError: boolean }[];
  /** How often these very bytes have come, this time included. For faults that pass. */
  readonly attempt: number;
}

export function scriptRequest(wire: WireRequest, attempt: number): ScriptRequest {
  return {
    model: wire.model,
    system: wire.system.map((block) => block.text).join("\n"),
    task: textOf(wire.messages[0]?.content ?? []),
    messages: wire.messages,
    tools: wire.tools.map((tool) => tool.name),
    n: wire.messages.filter((message) => message.role === "assistant").length,
    results: (wire.messages.at(-1)?.content ?? []).flatMap((block) =>
      block.type === "tool_result" ? [{ content: resultText(block.content), isError: block.is_error }] : [],
    ),
    attempt,
  };
}

const textOf = (blocks: readonly WireBlock[]): string =>
  blocks.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n");

const resultText = (given: string | readonly { text: string }[]): string =>
  typeof given === "string" ? given : given.map((part) => part.text).join("\n");

const CACHE_MARK = /,"cache_control":\{"type":"ephemeral"(?:,"ttl":"\w+")?\}/g;

/** The body without its cache marks. Quotes within a string are escaped, so no text can look like a mark. */
export const withoutMarks = (raw: string): string => raw.replaceAll(CACHE_MARK, "");

/** What a request that goes on in the same conversation must begin with, byte for byte: all but the end of the list of messages. */
export const stem = (raw: string): string => withoutMarks(raw).replace(/\]\}$/, "");

export const hashOf = (bytes: string): string => createHash("sha256").update(bytes).digest("hex");

/** The vendor's proof on a thinking block: bound to the thought, so that a changed thought is found out. */
export const signatureOf = (thought: string): string =>
  Buffer.from(hashOf(`scripted ${thought}`), "hex").toString("base64");
