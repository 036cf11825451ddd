import { APIConnectionTimeoutError, APIError } from "@anthropic-ai/sdk";
import type { ModelFailure } from "../ports/model.ts";

export interface Failure {
  readonly failure: ModelFailure;
  /** For the journal and the log. Our own words, an error type and a request id; the vendor's words only where they carry no credential. */
  readonly detail: string;
  readonly retryAfterMs: number | null;
}

export interface FailureContext {
  readonly apiKey: string;
  /** Some of the answer had arrived. */
  readonly begun: boolean;
  /** Milliseconds since the epoch, to read a `retry-after` that is a date. */
  readonly now: number;
}

export const fail = (failure: ModelFailure, detail: string): Failure => ({ failure, detail, retryAfterMs: null });

/** What went wrong, from whatever the vendor's client threw. */
export function failureOf(thrown: unknown, context: FailureContext): Failure {
  if (thrown instanceof APIConnectionTimeoutError) return fail("stalled", "no answer began in time");
  if (thrown instanceof APIError && typeof thrown.status === "number")
    return statusFailure(thrown, thrown.status, context);
  if (thrown instanceof APIError && thrown.type !== null) return errorEventFailure(thrown, thrown.type);
  const cause = codeOf(thrown);
  if (!context.begun) return fail("network", `the connection failed (${cause})`);
  return fail("cut", `the answer broke off (${cause})`);
}

function statusFailure(error: APIError, status: number, context: FailureContext): Failure {
  const failure = kindOfStatus(error, status);
  return {
    failure,
    detail: `HTTP ${status}${labelOf(error)}${explanationOf(error, failure, context.apiKey)}`,
    retryAfterMs: retryAfterOf(error.headers, context.now),
  };
}

function kindOfStatus(error: APIError, status: number): ModelFailure {
  if (status === 401 || status === 402 || status === 403 || error.type === "billing_error") return "unauthorized";
  if (status === 413) return "context_exceeded";
  if (status === 429) return "rate_limited";
  if (status === 503 || status === 529) return "overloaded";
  if (status === 408 || status === 409 || status >= 500) return "server_error";
  // The vendor has no code of its own for this, so its sentence is all there is to go by.
  if (status === 400 && /prompt is too long|exceeds? (?:the )?context|context window/i.test(error.message)) {
    return "context_exceeded";
  }
  return "bad_request";
}

/** An error event after HTTP 200: what the vendor would have said with a status, had it known in time. */
function errorEventFailure(error: APIError, type: string): Failure {
  const kinds: Readonly<Record<string, ModelFailure>> = {
    overloaded_error: "overloaded",
    rate_limit_error: "rate_limited",
    api_error: "server_error",
    timeout_error: "server_error",
  };
  return fail(kinds[type] ?? "cut", `the answer ended in an error${labelOf(error)}`);
}

function labelOf(error: APIError): string {
  const type = /^[a-z_]{1,60}$/.test(error.type ?? "") ? ` ${error.type}` : "";
  const id = /^[\w-]{1,80}$/.test(error.requestID ?? "") ? ` (request ${error.requestID})` : "";
  return type + id;
}

/** Only a refused request needs the vendor's words to be mended. A refused key is answered with the key in the text, so never then. */
function explanationOf(error: APIError, failure: ModelFailure, apiKey: string): string {
  if (failure !== "bad_request" && failure !== "context_exceeded") return "";
  if (error.apiMessage === null) return "";
  return `: ${withoutKey(error.apiMessage.slice(0, 400), apiKey)}`;
}

const SHORTEST_FRAGMENT = 8;

/** The text without any piece of the key of eight characters or more. */
export function withoutKey(text: string, apiKey: string): string {
  let out = "";
  for (let at = 0; at < text.length;) {
    let end = at;
    while (end < text.length && apiKey.includes(text.slice(at, end + 1))) end += 1;
    const secret = end - at >= Math.min(SHORTEST_FRAGMENT, apiKey.length) && end > at;
    out += secret ? "[key]" : text[at];
    at = secret ? end : at + 1;
  }
  return out;
}

/** Milliseconds to wait as the vendor asked: `retry-after-ms`, else `retry-after` in seconds or as a date. */
export function retryAfterOf(headers: Headers | undefined, now: number): number | null {
  const ms = numberOf(headers?.get("retry-after-ms"));
  if (ms !== null) return Math.round(ms);
  const text = headers?.get("retry-after") ?? "";
  const seconds = numberOf(text);
  if (seconds !== null) return Math.round(seconds * 1000);
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

const numberOf = (text: string | null | undefined): number | null =>
  text !== null && text !== undefined && /^\d+(?:\.\d+)?$/.test(text.trim()) ? Number(text) : null;

/** The deepest error code or name: never a message, which may quote addresses, headers or the answer. */
function codeOf(thrown: unknown): string {
  let found = "unknown";
  for (let error = thrown; error instanceof Error; error = error.cause) {
    found = "code" in error && typeof error.code === "string" ? error.code : error.name;
  }
  return found;
}
