import { JourneymanError } from "../core/errors.ts";
import { estimateTokens } from "../core/money/limits.ts";
import type { ModelFailure, ModelOutcome } from "../ports/model.ts";
import type { LoopOptions } from "./options.ts";

/* What follows a call to the model that failed. */

const MAX_ATTEMPTS = 5;
const FIRST_WAIT_MS = 2_000;
/** A longer wait is not sat out in a process: another model is asked, or the run is parked. */
const LONGEST_WAIT_MS = 60_000;
const FIRST_PARK_MS = 60_000;
const LONGEST_PARK_MS = 30 * 60_000;

type Failed = Extract<ModelOutcome, { kind: "failed" }>;

export type Next =
  | { readonly kind: "again"; readonly waitMs: number }
  /** The operator's stand-in is asked from here on. */
  | { readonly kind: "switch"; readonly from: string; readonly to: string; readonly reason: string }
  /** The model is told what was wrong with the answer that was ended. */
  | { readonly kind: "tell"; readonly reason: string };

/**
 * Throws `model_unauthorized`, `context_exceeded`, `model_rejected`, `model_unconfigured`; `model_unavailable` when the attempts are used up
 * and nobody can stand in.
 */
export function afterFailure(failed: Failed, attempt: number, options: LoopOptions): Next {
  const { failure, detail } = failed;
  switch (failure) {
    case "astray":
      return { kind: "tell", reason: detail };
    case "unauthorized":
      return standIn(failure, options) ?? raise(new JourneymanError("model_unauthorized"));
    case "context_exceeded":
      throw new JourneymanError("context_exceeded", { tokens: estimateTokens(options.current()) });
    case "bad_request":
      throw new JourneymanError("model_rejected");
    case "not_configured":
      throw new JourneymanError("model_unconfigured", { model: options.current().model });
    default:
      return afterOutage(failed, attempt, options);
  }
}

/** While the circuit is open no attempt is worth waiting for when somebody stands in. */
function afterOutage({ failure, retryAfterMs }: Failed, attempt: number, options: LoopOptions): Next {
  const waitMs = retryAfterMs ?? Math.round(FIRST_WAIT_MS * 2 ** (attempt - 1) * (1 + options.random() / 4));
  const mayWait = attempt < MAX_ATTEMPTS && waitMs <= LONGEST_WAIT_MS;
  const next = mayWait && failure !== "circuit_open" ? null : standIn(failure, options);
  if (next !== null) return next;
  if (mayWait) return { kind: "again", waitMs };
  const details = { reason: failure.replaceAll("_", " "), attempts: attempt };
  throw new JourneymanError("model_unavailable", details, { retryAfterMs: retryAfterMs ?? parkFor(options) });
}

/** Null when the operator named nobody, or one whose price is not known. */
function standIn(failure: ModelFailure, { current, model }: LoopOptions): Next | null {
  const from = current().model;
  const to = model.standIn(from);
  if (to === null || model.price(to) === null) return null;
  return { kind: "switch", from, to, reason: failure };
}

function raise(error: JourneymanError): never {
  throw error;
}

/** A minute, doubling with each round of attempts that failed, to half an hour. */
function parkFor({ current }: LoopOptions): number {
  const rounds = Math.max(1, Math.floor(current().failures / MAX_ATTEMPTS));
  return Math.min(LONGEST_PARK_MS, FIRST_PARK_MS * 2 ** (rounds - 1));
}
