import { z } from "zod";

/* A request to Chat Completions, read into the form that scripts know. Only what our driver may send is let through. */

const Call = z.strictObject({
  id: z.string().min(1),
  type: z.literal("function"),
  function: z.strictObject({ name: z.string(), arguments: z.string() }),
});
const ChatMessage = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("system"), content: z.string() }),
  z.strictObject({ role: z.literal("user"), content: z.string() }),
  z.strictObject({
    role: z.literal("assistant"),
    content: z.string().nullable(),
    tool_calls: z.array(Call).min(1).optional(),
  }),
  z.strictObject({ role: z.literal("tool"), tool_call_id: z.string(), content: z.string() }),
]);
type ChatMessage = z.infer<typeof ChatMessage>;

export const ChatRequest = z.strictObject({
  model: z.string().min(1),
  max_completion_tokens: z.int().min(1).optional(),
  max_tokens: z.int().min(1).optional(),
  stream: z.literal(true),
  stream_options: z.strictObject({ include_usage: z.literal(true) }),
  store: z.literal(false),
  reasoning_effort: z.enum(["low", "medium", "high"]).optional(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal("function"),
        function: z.strictObject({
          name: z.string().regex(/^[\w-]{1,64}$/),
          description: z.string(),
          parameters: z.looseObject({ type: z.literal("object") }),
        }),
      }),
    )
    .default([]),
  messages: z.array(ChatMessage).min(1),
});
export type ChatRequest = z.infer<typeof ChatRequest>;

/** Neighbours of one side are one message. */
export function messagesOf({ messages }: ChatRequest): { role: "user" | "assistant"; content: unknown[] }[] {
  const turns: { role: "user" | "assistant"; content: unknown[] }[] = [];
  for (const message of messages) {
    if (message.role === "system") continue;
    const role = message.role === "assistant" ? "assistant" : "user";
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...blocksOf(message));
    else turns.push({ role, content: blocksOf(message) });
  }
  return turns;
}

function blocksOf(message: Exclude<ChatMessage, { role: "system" }>): unknown[] {
  if (message.role === "tool") {
    return [{ type: "tool_result", tool_use_id: message.tool_call_id, content: message.content, is_error: false }];
  }
  const text = message.content === null ? [] : [{ type: "text", text: message.content }];
  if (message.role === "user") return text;
  const calls = (message.tool_calls ?? []).map((call) => ({
    type: "tool_use",
    id: call.id,
    name: call.function.name,
    input: JSON.parse(call.function.arguments) as unknown,
  }));
  return [...text, ...calls];
}

/** What the vendor refuses besides the rules that all wires share. */
export function chatFault({ model, max_completion_tokens: newer, max_tokens: older }: ChatRequest): string | null {
  if (newer === undefined && older === undefined) return "one of max_completion_tokens and max_tokens is required";
  if (older !== undefined && /^(?:gpt-5|o\d)/.test(model))
    return "Unsupported parameter: 'max_tokens' is not supported with this model.";
  return null;
}
