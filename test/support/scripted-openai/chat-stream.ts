import type { AnswerBlock } from "../scripted-model/answer.ts";
import { piecesOf, type Billed, type Message, type Pieces } from "../scripted-model/dialect.ts";

/* A turn as chunks of Chat Completions. Thoughts are not shown on this wire. */

const usageOf = ({ input, cacheRead, cacheWrite, output }: Billed) => ({
  prompt_tokens: input + cacheRead + cacheWrite,
  prompt_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite },
  completion_tokens: output,
  total_tokens: input + cacheRead + cacheWrite + output,
});

const FINISH: Readonly<Record<string, string>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  tool_use: "tool_calls",
  max_tokens: "length",
  refusal: "content_filter",
};

export function chatPieces(message: Message): Pieces {
  const { id, model, turn, usage } = message;
  const chunk = (more: object): string =>
    `data: ${JSON.stringify({ id: `chatcmpl-${id}`, object: "chat.completion.chunk", created: 0, model, ...more })}\n\n`;
  const choice = (delta: object, finish: string | null = null): string =>
    chunk({ choices: [{ index: 0, delta, finish_reason: finish, logprobs: null }], usage: null });
  const calls = turn.blocks.filter((block) => block.type === "tool_use");
  const body = turn.blocks.flatMap((block) =>
    deltas(block, { message, at: calls.findIndex((call) => call === block) }).map((delta) => choice(delta)),
  );
  return {
    body: [choice({ role: "assistant", content: "" }), ...body],
    end: [
      choice({}, FINISH[turn.stop] ?? turn.stop),
      `${chunk({ choices: [], usage: usageOf(usage) })}data: [DONE]\n\n`,
    ],
  };
}

function deltas(block: AnswerBlock, { message, at }: { message: Message; at: number }): object[] {
  if (block.type === "text") return piecesOf(block.text, message.turn).map((content) => ({ content }));
  if (block.type !== "tool_use") return [];
  const first = { index: at, id: `call_${message.id}_${at}`, type: "function" };
  return [
    { tool_calls: [{ ...first, function: { name: block.name, arguments: "" } }] },
    ...piecesOf(block.json, message.turn).map((json) => ({
      tool_calls: [{ index: at, function: { arguments: json } }],
    })),
  ];
}
