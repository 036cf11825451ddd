import type { ModelFailure } from "../ports/model.ts";

/* What went wrong, from what a vendor's client threw: each wire describes it, here it gets its kind and its words. */

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

/** An error that the vendor's service gave a name. */
export interface Named {
  /** The vendor's words for it: its type and its code, the most exact one last. */
  readonly words: readonly string[];
  /** Its sentence, for a request that has to be mended. */
  readonly message: string | null;
  readonly requestId: string | null;
}

export type Thrown =
  | { readonly kind: "late" }
  | ({ readonly kind: "status"; readonly status: number; readonly headers: Headers | undefined } & Named)
  /** After HTTP 200. */
  | ({ readonly kind: "event" } & Named)
  | { readonly kind: "broken"; readonly cause: unknown };

export const fail = (failure: ModelFailure, detail: string): Failure => ({ failure, detail, retryAfterMs: null });

export function failureOf(thrown: Thrown, context: FailureContext): Failure {
  switch (thrown.kind) {
    case "late":
      return fail("stalled", "no answer began in time");
    case "status": {
      const failure = kindOfStatus(thrown);
      const detail = `HTTP ${thrown.status}${labelOf(thrown)}${explanationOf(thrown, failure, context.apiKey)}`;
      return { failure, detail, retryAfterMs: retryAfterOf(thrown.headers, context.now) };
    }
    case "event":
      return errorEventFailure(thrown);
    case "broken": {
      const cause = codeOf(thrown.cause);
      if (!context.begun) return fail("network", `the connection failed (${cause})`);
      return fail("cut", `the answer broke off (${cause})`);
    }
  }
}

/** No money left is told in many ways, and all of them need the operator. */
const UNPAID = ["billing_error", "insufficient_quota", "billing_hard_limit_reached"];
const TOO_LONG = "context_length_exceeded";

function kindOfStatus({ status, words, message }: Extract<Thrown, { kind: "status" }>): ModelFailure {
  if ([401, 402, 403].includes(status) || words.some((word) => UNPAID.includes(word))) return "unauthorized";
  if (status === 413 || words.includes(TOO_LONG)) return "context_exceeded";
  if (status === 429) return "rate_limited";
  if (status === 503 || status === 529) return "overloaded";
  if (status === 408 || status === 409 || status >= 500) return "server_error";
  // Not every vendor has a code for this, so the sentence is all there is to go by.
  if (
    status === 400 &&
    /prompt is too long|exceeds? (?:the )?context|context window|maximum context length/i.test(message ?? "")
  ) {
    return "context_exceeded";
  }
  return "bad_request";
}

/** What the vendor would have said with a status, had it known in time. */
const EVENT_KINDS: Readonly<Record<string, ModelFailure>> = {
  overloaded_error: "overloaded",
  server_is_overloaded: "overloaded",
  slow_down: "overloaded",
  rate_limit_error: "rate_limited",
  rate_limit_exceeded: "rate_limited",
  api_error: "server_error",
  timeout_error: "server_error",
  server_error: "server_error",
  invalid_prompt: "bad_request",
  [TOO_LONG]: "context_exceeded",
  ...Object.fromEntries(UNPAID.map((word) => [word, "unauthorized" as const])),
};

function errorEventFailure(event: Named): Failure {
  const word = event.words.findLast((each) => Object.hasOwn(EVENT_KINDS, each));
  const policy = event.words.some((each) => each.includes("policy"));
  const kind = word === undefined ? undefined : EVENT_KINDS[word];
  return fail(kind ?? (policy ? "bad_request" : "cut"), `the answer ended in an error${labelOf(event)}`);
}

function labelOf({ words, requestId }: Named): string {
  const word = words.findLast((each) => /^[a-z_]{1,60}$/.test(each));
  return (word === undefined ? "" : ` ${word}`) + requestLabel(requestId);
}

/** A request's id at the vendor's, fit to be shown; empty without one. */
export const requestLabel = (id: string | null): string => (/^[\w-]{1,80}$/.test(id ?? "") ? ` (request ${id})` : "");

/** Only a refused request needs the vendor's words to be mended. A refused key is answered with the key in the text, so never then. */
function explanationOf({ message }: Named, failure: ModelFailure, apiKey: string): string {
  if ((failure !== "bad_request" && failure !== "context_exceeded") || message === null) return "";
  return `: ${withoutKey(message.slice(0, 400), apiKey)}`;
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
