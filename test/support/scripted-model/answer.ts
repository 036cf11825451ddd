/* What a script may answer, and words to say it with. An answer is data: the server turns it into bytes. */

export type AnswerBlock =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "thinking"; readonly thinking: string }
  | { readonly type: "redacted_thinking"; readonly data: string }
  /** `json` is sent as it is, well formed or not. */
  | { readonly type: "tool_use"; readonly name: string; readonly json: string };

/** What goes wrong with an answer. `mid_stream` = when all of its blocks have been sent, but not that it is over. */
export type Fault =
  | "fin_mid_stream"
  | "reset_mid_stream"
  | "error_event"
  | "bad_json_event"
  | "stall"
  | "empty"
  /** The connection is reset after the last event. */
  | "reset_after_stop"
  /** A clean end with only the last event, `message_stop`, missing. */
  | "fin_before_stop"
  /** The stream stays open after the last event. */
  | "open_after_stop"
  /** The connection is reset before any answer. */
  | "reset"
  /** The request is never answered. */
  | "silent";

export interface Turn {
  readonly kind: "turn";
  readonly blocks: readonly AnswerBlock[];
  /** The vendor's stop reason. */
  readonly stop: string;
  /** Milliseconds that the answer takes, pings included, from its first byte to its last. */
  readonly delayMs: number;
  readonly fault: Fault | null;
  /** Each text of the answer comes in so many pieces, with milliseconds between them; null = in three, at once. */
  readonly pace: { readonly pieces: number; readonly ms: number } | null;
}

export interface Refusal {
  readonly kind: "status";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as it is when it is a string. */
  readonly body: unknown;
}

export type Answer = Turn | Refusal;

const turn = (blocks: readonly AnswerBlock[], stop: string): Turn => ({
  kind: "turn",
  blocks,
  stop,
  delayMs: 0,
  fault: null,
  pace: null,
});

export const text = (said: string): Turn => turn([{ type: "text", text: said }], "end_turn");

/** An answer with nothing in it. */
export const nothing = (): Turn => turn([], "end_turn");

export interface ScriptedCall {
  readonly name: string;
  readonly input: unknown;
}

export const calls = (wanted: readonly ScriptedCall[], said?: string): Turn =>
  turn(
    [
      ...(said === undefined ? [] : [{ type: "text" as const, text: said }]),
      ...wanted.map(({ name, input }) => ({ type: "tool_use" as const, name, json: JSON.stringify(input) })),
    ],
    "tool_use",
  );

export const call = (name: string, input: unknown, said?: string): Turn => calls([{ name, input }], said);

/** A tool call whose input is exactly this text. */
export const brokenCall = (name: string, json: string): Turn => turn([{ type: "tool_use", name, json }], "tool_use");

/** Thinks first. */
export const thinking = (thought: string, answer: Turn): Turn => ({
  ...answer,
  blocks: [{ type: "thinking", thinking: thought }, ...answer.blocks],
});

export const redactedThinking = (data: string, answer: Turn): Turn => ({
  ...answer,
  blocks: [{ type: "redacted_thinking", data }, ...answer.blocks],
});

/** The same answer, ended for another reason. */
export const stopped = (stop: string, answer: Turn): Turn => ({ ...answer, stop });

/** The last block loses its second half, as when the answer's limit is reached in the middle of it. */
export function cutByMaxTokens(answer: Turn): Turn {
  const blocks = answer.blocks.map((block, at): AnswerBlock => {
    if (at < answer.blocks.length - 1) return block;
    if (block.type === "tool_use") return { ...block, json: firstHalf(block.json) };
    return block.type === "text" ? { ...block, text: firstHalf(block.text) } : block;
  });
  return { ...answer, blocks, stop: "max_tokens" };
}

const firstHalf = (whole: string): string => whole.slice(0, Math.ceil(whole.length / 2));

/** Comes little by little, so that a reader can leave in the middle. */
export const paced = (answer: Turn, pieces = 40, ms = 15): Turn => ({ ...answer, pace: { pieces, ms } });

export const slow = (delayMs: number, answer: Turn): Turn => ({ ...answer, delayMs });

export const faulty = (fault: Fault, answer: Turn = call("bash", { command: "rm -rf build" })): Turn => ({
  ...answer,
  fault,
});

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  529: "overloaded_error",
};

/** An answer that is an error status. `retryAfter` is the header's text: seconds or a date. */
export function status(
  code: number,
  more: { retryAfter?: string; message?: string; headers?: Record<string, string>; body?: unknown } = {},
): Refusal {
  const error = { type: ERROR_TYPES[code] ?? "api_error", message: more.message ?? `scripted error ${code}` };
  return {
    kind: "status",
    status: code,
    headers: { ...more.headers, ...(more.retryAfter !== undefined && { "retry-after": more.retryAfter }) },
    body: more.body ?? { type: "error", error },
  };
}

export const promptTooLong = (): Refusal =>
  status(400, { message: "prompt is too long: 1000001 tokens > 1000000 maximum" });
