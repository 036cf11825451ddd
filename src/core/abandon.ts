import type { ErrorCode, JourneymanError } from "./errors.ts";
import type { Stage } from "./events.ts";
import type { RunState } from "./state.ts";

/*
 * What the run goes on without. A review is worth having but holds nothing up, and once a change has passed, a further fix is not worth
 * losing it for, nor worth a wait for a person.
 */

/** Waits that only a person or the next day ends. */
const LONG: ReadonlySet<ErrorCode> = new Set([
  "model_unauthorized",
  "budget_exhausted",
  "day_budget_exhausted",
  "crash_budget",
  "call_keeps_failing",
  "sandbox_limit",
  "model_refused",
  "model_unusable",
  "model_silent",
  "context_exceeded",
]);
/** Times in a row that such a stage may be held up by the same cause. */
const MAX_PARKS = 3;

/** Whether a stage is given up for this failure, so that the change that passed can be published. */
export function abandons(state: RunState, stage: Stage, error: Pick<JourneymanError, "code" | "class">): boolean {
  const canDoWithout = stage === "review" || (stage === "implement" && state.green !== null);
  if (!canDoWithout || state.outcome !== null || error.class === "retryable") return false;
  if (error.class === "terminal" || LONG.has(error.code)) return true;
  return state.parkedCode === error.code && state.parks >= MAX_PARKS;
}
