import { z } from "zod";
import type { WireMessage } from "../scripted-model/request.ts";

/* A request to the Responses API, read into the form that scripts know. Only what our driver may send is let through. */

const InputText = z.strictObject({ type: z.literal("input_text"), text: z.string() });
const Item = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("message"),
    role: z.enum(["user", "assistant"]),
    content: z.union([z.string(), z.array(InputText).min(1)]),
  }),
  z.strictObject({
    type: z.literal("reasoning"),
    id: z.string().startsWith("rs_"),
    summary: z.array(z.strictObject({ type: z.literal("summary_text"), text: z.string() })),
    encrypted_content: z.string().min(1),
  }),
  z.strictObject({
    type: z.literal("function_call"),
    call_id: z.string().min(1).max(64),
    name: z.string(),
    arguments: z.string(),
  }),
  z.strictObject({ type: z.literal("function_call_output"), call_id: z.string(), output: z.string() }),
]);
type Item = z.infer<typeof Item>;

export const ResponsesRequest = z.strictObject({
  model: z.string().min(1),
  max_output_tokens: z.int().min(16),
  stream: z.literal(true),
  store: z.literal(false),
  reasoning: z.strictObject({ effort: z.enum(["low", "medium", "high"]) }).optional(),
  include: z.array(z.literal("reasoning.encrypted_content")).optional(),
  instructions: z.string().default(""),
  tools: z
    .array(
      z.strictObject({
        type: z.literal("function"),
        name: z.string().regex(/^[\w-]{1,64}$/),
        description: z.string(),
        parameters: z.looseObject({ type: z.literal("object") }),
        strict: z.literal(false),
      }),
    )
    .default([]),
  input: z.array(Item).min(1),
});
export type ResponsesRequest = z.infer<typeof ResponsesRequest>;

type Block = WireMessage["content"][number];

const roleOf = (item: Item): "user" | "assistant" =>
  item.type === "function_call_output" || (item.type === "message" && item.role === "user") ? "user" : "assistant";

/** Neighbours of one side are one message. */
export function messagesOf({ input }: ResponsesRequest): { role: "user" | "assistant"; content: unknown[] }[] {
  const messages: { role: "user" | "assistant"; content: unknown[] }[] = [];
  for (const item of input) {
    const role = roleOf(item);
    const last = messages.at(-1);
    if (last?.role === role) last.content.push(...blocksOf(item));
    else messages.push({ role, content: blocksOf(item) });
  }
  return messages;
}

function blocksOf(item: Item): Block[] {
  switch (item.type) {
    case "message": {
      const texts = typeof item.content === "string" ? [item.content] : item.content.map(({ text }) => text);
      return texts.map((text) => ({ type: "text", text }));
    }
    case "reasoning": {
      const [summary] = item.summary;
      if (summary === undefined) return [{ type: "redacted_thinking", data: item.encrypted_content }];
      return [{ type: "thinking", thinking: summary.text, signature: item.encrypted_content }];
    }
    case "function_call":
      return [
        {
          type: "tool_use",
          id: item.call_id,
          name: item.name,
          input: JSON.parse(item.arguments) as Record<string, unknown>,
        },
      ];
    case "function_call_output":
      return [{ type: "tool_result", tool_use_id: item.call_id, content: item.output, is_error: false }];
  }
}

/** What the vendor refuses besides the rules that all wires share. */
export function responsesFault({ input, reasoning, include, model }: ResponsesRequest): string | null {
  const lone = input.findIndex(
    (item, at) => item.type === "reasoning" && (input[at + 1] === undefined || roleOf(input[at + 1]!) === "user"),
  );
  if (lone !== -1) return `Item 'rs_${lone}' of type 'reasoning' was provided without its required following item.`;
  if (model.startsWith("gpt-4") && (reasoning !== undefined || include !== undefined))
    return "Unsupported parameter: 'reasoning.effort' is not supported with this model.";
  return null;
}
