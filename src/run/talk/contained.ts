import type { LoopEnd } from "../../agent/options.ts";
import { asJourneymanError, type ErrorCode, type JourneymanError } from "../../core/errors.ts";
import type { RunEvent } from "../../core/events.ts";

/**
 * What ends a conversation on the side and nothing else: the run goes on without what it would have found. Outages, lost sandboxes and
 * the run's own time are not among them. A budget that is used up is: whoever is asked next for the run itself meets it.
 */
const CONTAINED: ReadonlySet<ErrorCode> = new Set([
  "budget_exhausted",
  "call_keeps_failing",
  "context_exceeded",
  "loop_detected",
  "model_refused",
  "model_rejected",
  "model_unusable",
  "sandbox_limit",
  "turn_limit",
]);

export interface Failed {
  readonly kind: "failed";
  readonly error: JourneymanError;
}

export type ContainedEnd = LoopEnd | Failed;

/** A conversation whose failure is a result. What concerns the whole run is thrown as before. */
export async function* contained(
  conversation: AsyncGenerator<RunEvent, LoopEnd>,
): AsyncGenerator<RunEvent, ContainedEnd> {
  try {
    return yield* conversation;
  } catch (thrown) {
    const error = asJourneymanError(thrown);
    if (!CONTAINED.has(error.code)) throw error;
    return { kind: "failed", error };
  }
}
