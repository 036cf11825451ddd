import type { AnswerBlock } from "../scripted-model/answer.ts";
import { piecesOf, type Billed, type Message, type Pieces } from "../scripted-model/dialect.ts";
import { signatureOf } from "../scripted-model/request.ts";
import { written } from "../scripted-model/stream.ts";

/* A turn as the stream of events of the Responses API. */

interface Event extends Readonly<Record<string, unknown>> {
  readonly type: string;
}

const usageOf = ({ input, cacheRead, cacheWrite, output }: Billed) => ({
  input_tokens: input + cacheRead + cacheWrite,
  input_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite },
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: input + cacheRead + cacheWrite + output,
});

const INCOMPLETE: Readonly<Record<string, string>> = { max_tokens: "max_output_tokens", refusal: "content_filter" };
const COMPLETED = new Set(["end_turn", "stop_sequence", "tool_use"]);

export function responsePieces(message: Message): Pieces {
  const { id, model, turn, usage } = message;
  const response = { id: `resp_${id}`, object: "response", model, store: false };
  const begun = { ...response, status: "in_progress", output: [], usage: null, incomplete_details: null };
  const whole = COMPLETED.has(turn.stop);
  const ended = {
    ...response,
    status: whole ? "completed" : "incomplete",
    incomplete_details: whole ? null : { reason: INCOMPLETE[turn.stop] ?? turn.stop },
    output: turn.blocks.map((block, at) => itemOf(block, `${id}_${at}`)),
    usage: usageOf(usage),
  };
  const body: Event[] = [
    { type: "response.created", response: begun },
    { type: "response.in_progress", response: begun },
    ...turn.blocks.flatMap((block, at) => blockEvents(block, at, message)),
  ];
  const end: Event[] = [{ type: `response.${ended.status}`, response: ended }];
  const numbered = [...body, ...end].map((event, at) => written({ ...event, sequence_number: at }));
  return { body: numbered.slice(0, -1), end: numbered.slice(-1) };
}

function itemOf(block: AnswerBlock, id: string): Event {
  switch (block.type) {
    case "text": {
      const content = [{ type: "output_text", text: block.text, annotations: [] }];
      return { type: "message", id: `msg_${id}`, role: "assistant", status: "completed", content };
    }
    case "tool_use": {
      const call = { call_id: `call_${id}`, name: block.name, arguments: block.json };
      return { type: "function_call", id: `fc_${id}`, status: "completed", ...call };
    }
    case "thinking": {
      const summary = [{ type: "summary_text", text: block.thinking }];
      return { type: "reasoning", id: `rs_${id}`, summary, encrypted_content: signatureOf(block.thinking) };
    }
    case "redacted_thinking":
      return { type: "reasoning", id: `rs_${id}`, summary: [], encrypted_content: block.data };
  }
}

/** An item before its pieces have come. */
const opening = (block: AnswerBlock, item: Event): Event => {
  if (block.type === "text") return { ...item, status: "in_progress", content: [] };
  if (block.type === "tool_use") return { ...item, status: "in_progress", arguments: "" };
  return { ...item, summary: [], encrypted_content: "" };
};

function blockEvents(block: AnswerBlock, at: number, message: Message): Event[] {
  const item = itemOf(block, `${message.id}_${at}`);
  const place = { item_id: item["id"], output_index: at };
  return [
    { type: "response.output_item.added", output_index: at, item: opening(block, item) },
    ...deltas(block, message).map((delta) => ({ ...place, ...delta })),
    { type: "response.output_item.done", output_index: at, item },
  ];
}

function deltas(block: AnswerBlock, { turn }: Message): Event[] {
  const part = { content_index: 0 };
  switch (block.type) {
    case "text":
      return [
        ...piecesOf(block.text, turn).map((delta) => ({ type: "response.output_text.delta", ...part, delta })),
        { type: "response.output_text.done", ...part, text: block.text },
      ];
    case "tool_use":
      return [
        ...piecesOf(block.json, turn).map((delta) => ({ type: "response.function_call_arguments.delta", delta })),
        { type: "response.function_call_arguments.done", name: block.name, arguments: block.json },
      ];
    case "thinking":
      return piecesOf(block.thinking, turn).map((delta) => ({
        type: "response.reasoning_summary_text.delta",
        summary_index: 0,
        delta,
      }));
    case "redacted_thinking":
      return [];
  }
}
