import type { AnswerBlock, Turn } from "./answer.ts";
import type { InputTokens } from "./cache.ts";
import { piecesOf, type Message, type Pieces } from "./dialect.ts";
import { signatureOf } from "./request.ts";

/* A turn as Anthropic's message, and as its stream of events. */

export const outputTokens = (turn: Turn): number => Math.max(1, Math.ceil(JSON.stringify(turn.blocks).length / 4));

const wireUsage = ({ input, cacheRead, cacheWrite }: InputTokens, output: number) => ({
  input_tokens: input,
  cache_creation_input_tokens: cacheWrite,
  cache_read_input_tokens: cacheRead,
  output_tokens: output,
});

const envelope = ({ id, model }: Message) => ({
  id: `msg_${id}`,
  type: "message",
  role: "assistant",
  model,
  stop_sequence: null,
});

const toolId = (message: Message, at: number): string => `toolu_${message.id}_${at}`;

/** The answer to a request that did not ask for a stream. */
export function wholeMessage(message: Message): unknown {
  const { turn, usage } = message;
  const content = turn.blocks.map((block, at) => {
    if (block.type === "thinking") return { ...block, signature: signatureOf(block.thinking) };
    if (block.type !== "tool_use") return block;
    return { type: "tool_use", id: toolId(message, at), name: block.name, input: JSON.parse(block.json) as unknown };
  });
  return { ...envelope(message), content, stop_reason: turn.stop, usage: wireUsage(usage, usage.output) };
}

type Event = Readonly<Record<string, unknown>> & { readonly type: string };

export const written = (event: Event): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

export function messagePieces(message: Message): Pieces {
  const { turn, usage } = message;
  const start = { ...envelope(message), content: [], stop_reason: null, usage: wireUsage(usage, 1) };
  const body: Event[] = [
    { type: "message_start", message: start },
    { type: "ping" },
    ...turn.blocks.flatMap((block, index) => [
      { type: "content_block_start", index, content_block: opening(block, toolId(message, index)) },
      ...deltas(block, turn).map((delta) => ({ type: "content_block_delta", index, delta })),
      { type: "content_block_stop", index },
    ]),
  ];
  const end: Event[] = [
    {
      type: "message_delta",
      delta: { stop_reason: turn.stop, stop_sequence: null },
      usage: wireUsage(usage, usage.output),
    },
    { type: "message_stop" },
  ];
  return { body: body.map(written), end: end.map(written) };
}

function opening(block: AnswerBlock, id: string): unknown {
  if (block.type === "text") return { type: "text", text: "" };
  if (block.type === "thinking") return { type: "thinking", thinking: "", signature: "" };
  if (block.type === "redacted_thinking") return block;
  return { type: "tool_use", id, name: block.name, input: {} };
}

function deltas(block: AnswerBlock, turn: Turn): unknown[] {
  if (block.type === "text") return piecesOf(block.text, turn).map((text) => ({ type: "text_delta", text }));
  if (block.type === "tool_use")
    return piecesOf(block.json, turn).map((json) => ({ type: "input_json_delta", partial_json: json }));
  if (block.type === "redacted_thinking") return [];
  return [
    ...piecesOf(block.thinking, turn).map((thinking) => ({ type: "thinking_delta", thinking })),
    { type: "signature_delta", signature: signatureOf(block.thinking) },
  ];
}
