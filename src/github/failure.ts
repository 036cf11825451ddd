import { z } from "zod";
import { asJourneymanError, JourneymanError } from "../core/errors.ts";

/**
 * What came of a request instead of an answer.
 * `doubtful`: nobody knows whether it was done (5xx, reset, timeout, an answer that cannot be read). Every other kind was not done.
 */
export interface Failure {
  readonly kind: "doubtful" | "limited" | "unauthorized" | "gone" | "forbidden" | "missing" | "invalid";
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** GitHub's own words: to tell cases apart by and for the log, never shown to people. */
  readonly message: string;
  readonly retryAfterMs: number | null;
}

/** As much of Octokit's error as is read. */
const HttpError = z.object({
  status: z.number(),
  message: z.string(),
  response: z
    .object({ headers: z.record(z.string(), z.union([z.string(), z.number()]).optional()) })
    .optional()
    .catch(undefined),
});
type Headers = NonNullable<z.infer<typeof HttpError>["response"]>["headers"];

/** GitHub asks to wait at least a minute when it names no time. */
const DEFAULT_WAIT_MS = 60_000;

/** Reads what Octokit threw. What is not about HTTP is thrown on: it is a fault of ours. */
export function readFailure(thrown: unknown, now: number): Failure {
  const parsed = HttpError.safeParse(thrown);
  if (!parsed.success) throw asJourneymanError(thrown);
  const { status, message, response } = parsed.data;
  const failure = { status: response === undefined ? 0 : status, message, retryAfterMs: null };
  if (response === undefined || status >= 500) return { ...failure, kind: "doubtful" };
  if (isLimit(status, message, response.headers)) {
    return { ...failure, kind: "limited", retryAfterMs: waitOf(response.headers, now) };
  }
  return { ...failure, kind: kindOf(status, message) };
}

function kindOf(status: number, message: string): Failure["kind"] {
  if (status === 401) return "unauthorized";
  if (status === 403 && /suspended/i.test(message)) return "gone";
  if (status === 403 || status === 451) return "forbidden";
  return status === 404 || status === 410 ? "missing" : "invalid";
}

const isLimit = (status: number, message: string, headers: Headers): boolean =>
  status === 429 ||
  (status === 403 &&
    (headers["retry-after"] !== undefined ||
      String(headers["x-ratelimit-remaining"]) === "0" ||
      /rate limit|abuse/i.test(message)));

function waitOf(headers: Headers, now: number): number {
  const seconds = Number(headers["retry-after"]);
  if (seconds > 0) return seconds * 1000;
  const reset = Number(headers["x-ratelimit-reset"]) * 1000;
  if (String(headers["x-ratelimit-remaining"]) === "0" && reset > now) return reset - now + 1000;
  return DEFAULT_WAIT_MS;
}

const reasonOf = (status: number): string => {
  if (status === 0) return "no answer";
  return status < 300 ? "an answer that could not be read" : `status ${status}`;
};

/** The failure as one of the catalogue. `action` says in a few words what was tried, as in "GitHub refused `open the pull request`". */
export function errorOf(failure: Failure, action: string, now: number): JourneymanError {
  const { kind, status, retryAfterMs } = failure;
  const cause = failure;
  if (kind === "doubtful") return new JourneymanError("github_unavailable", { reason: reasonOf(status) }, { cause });
  if (kind === "gone") return new JourneymanError("installation_gone", {}, { cause });
  if (kind === "missing")
    return new JourneymanError("github_missing", { what: `what is needed to ${action}` }, { cause });
  if (kind !== "limited") return new JourneymanError("github_forbidden", { action, status }, { cause });
  const wait = retryAfterMs ?? DEFAULT_WAIT_MS;
  const until = new Date(now + wait).toISOString();
  return new JourneymanError("github_limited", { until }, { cause, retryAfterMs: wait });
}
