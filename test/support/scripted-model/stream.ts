import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { AnswerBlock, Turn } from "./answer.ts";
import type { InputTokens } from "./cache.ts";
import { signatureOf } from "./request.ts";

/* A turn as the vendor's message, and as its stream of events. */

export interface Billed extends InputTokens {
  readonly output: number;
}

export interface Message {
  readonly id: string;
  readonly model: string;
  readonly blocks: readonly AnswerBlock[];
  readonly stop: string;
  readonly usage: Billed;
}

export const outputTokens = (turn: Turn): number => Math.max(1, Math.ceil(JSON.stringify(turn.blocks).length / 4));

const wireUsage = ({ input, cacheRead, cacheWrite }: InputTokens, output: number) => ({
  input_tokens: input,
  cache_creation_input_tokens: cacheWrite,
  cache_read_input_tokens: cacheRead,
  output_tokens: output,
});

const envelope = ({ id, model }: Message) => ({ id, type: "message", role: "assistant", model, stop_sequence: null });

const toolId = (message: Message, at: number): string => `toolu_${message.id.slice(4)}_${at}`;

/** The answer to a request that did not ask for a stream. */
export function wholeMessage(message: Message): unknown {
  const content = message.blocks.map((block, at) => {
    if (block.type === "thinking") return { ...block, signature: signatureOf(block.thinking) };
    if (block.type !== "tool_use") return block;
    return { type: "tool_use", id: toolId(message, at), name: block.name, input: JSON.parse(block.json) as unknown };
  });
  return {
    ...envelope(message),
    content,
    stop_reason: message.stop,
    usage: wireUsage(message.usage, message.usage.output),
  };
}

type Event = Readonly<Record<string, unknown>> & { readonly type: string };

export function eventsOf(message: Message): { readonly body: readonly Event[]; readonly end: readonly Event[] } {
  const start = { ...envelope(message), content: [], stop_reason: null, usage: wireUsage(message.usage, 1) };
  return {
    body: [
      { type: "message_start", message: start },
      { type: "ping" },
      ...message.blocks.flatMap((block, index) => [
        { type: "content_block_start", index, content_block: opening(block, toolId(message, index)) },
        ...deltas(block).map((delta) => ({ type: "content_block_delta", index, delta })),
        { type: "content_block_stop", index },
      ]),
    ],
    end: [
      {
        type: "message_delta",
        delta: { stop_reason: message.stop, stop_sequence: null },
        usage: wireUsage(message.usage, message.usage.output),
      },
      { type: "message_stop" },
    ],
  };
}

function opening(block: AnswerBlock, id: string): unknown {
  if (block.type === "text") return { type: "text", text: "" };
  if (block.type === "thinking") return { type: "thinking", thinking: "", signature: "" };
  if (block.type === "redacted_thinking") return block;
  return { type: "tool_use", id, name: block.name, input: {} };
}

function deltas(block: AnswerBlock): unknown[] {
  if (block.type === "text") return pieces(block.text).map((text) => ({ type: "text_delta", text }));
  if (block.type === "tool_use")
    return pieces(block.json).map((json) => ({ type: "input_json_delta", partial_json: json }));
  if (block.type === "redacted_thinking") return [];
  return [
    ...pieces(block.thinking).map((thinking) => ({ type: "thinking_delta", thinking })),
    { type: "signature_delta", signature: signatureOf(block.thinking) },
  ];
}

/** In three, so that every reader has to put them together. */
function pieces(whole: string): string[] {
  const size = Math.ceil(whole.length / 3);
  return size === 0
    ? []
    : [whole.slice(0, size), whole.slice(size, 2 * size), whole.slice(2 * size)].filter((part) => part !== "");
}

const written = (events: readonly Event[]): string =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");

const OVERLOADED: Event = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
const PING_MS = 500;

/** Sends the stream, or what its fault leaves of it. */
export async function stream(response: ServerResponse, message: Message, turn: Turn): Promise<void> {
  const { body, end } = eventsOf(message);
  if (turn.fault === "empty") return void response.end();
  response.write(written(body));
  await pingFor(response, turn.delayMs);
  switch (turn.fault) {
    case "stall":
      return;
    case "fin_mid_stream":
      return void response.end();
    case "reset_mid_stream":
      return reset(response);
    case "error_event":
      return void response.end(written([OVERLOADED]));
    case "bad_json_event":
      return void response.end(
        `event: ping\ndata: {"type":"ping"}\n\nevent: content_block_delta\ndata: {"type":\n\n${written(end)}`,
      );
    case "fin_before_stop":
      return void response.end(written(end.slice(0, -1)));
    case "open_after_stop":
      return void response.write(written(end));
    case "reset_after_stop":
      response.write(written(end));
      return reset(response);
    default:
      return void response.end(written(end));
  }
}

async function pingFor(response: ServerResponse, delayMs: number): Promise<void> {
  for (let left = delayMs; left > 0 && !response.destroyed; left -= PING_MS) {
    await sleep(Math.min(left, PING_MS));
    response.write(written([{ type: "ping" }]));
  }
}

/** What was written leaves first: a reset overtakes what still waits to be sent. */
async function reset(response: ServerResponse): Promise<void> {
  await sleep(30);
  response.socket?.resetAndDestroy();
}
