import type { IncomingMessage } from "node:http";
import { status } from "./answer.ts";
import { createPromptCache } from "./cache.ts";
import { jsonOf, type Dialect, type Read } from "./dialect.ts";
import { WireRequest, type WireMessage } from "./request.ts";
import { faultIn } from "./rules.ts";
import { messagePieces, wholeMessage, written } from "./stream.ts";

const MESSAGES = "/v1/messages";
export const COUNT_TOKENS = `${MESSAGES}/count_tokens`;

/** Anthropic's Messages API. */
export const ANTHROPIC: Dialect = {
  requestIdHeader: "request-id",
  createCache: createPromptCache,
  asks: (path) => path.startsWith(MESSAGES),
  read,
  keyOf,
  pieces: (_, message) => messagePieces(message),
  whole: wholeMessage,
  ping: written({ type: "ping" }),
  overloaded: written({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }),
  notJson: `event: content_block_delta\ndata: {"type":\n\n`,
  refusal: ({ body }) => body,
  models: { data: [], has_more: false, first_id: null, last_id: null },
};

function read(incoming: IncomingMessage, raw: string, paused: (message: WireMessage) => boolean): Read {
  if (incoming.headers["anthropic-version"] === undefined) {
    return status(400, { message: "anthropic-version: header is required" });
  }
  const counting = incoming.url?.startsWith(COUNT_TOKENS) === true;
  const parsed = WireRequest.safeParse({ ...(counting && { max_tokens: 1 }), ...jsonOf(raw) });
  if (!parsed.success)
    return status(400, {
      message: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "),
    });
  const fault = faultIn(parsed.data, paused);
  return fault === null ? { kind: "request", request: parsed.data } : status(400, { message: fault });
}

/** The key as the vendor takes it: in its own header, or as a bearer token. */
function keyOf(headers: IncomingMessage["headers"]): string | null {
  const own = headers["x-api-key"];
  if (typeof own === "string") return own;
  return /^Bearer (\S+)$/.exec(headers.authorization ?? "")?.[1] ?? null;
}
