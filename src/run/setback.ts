import { abandons } from "../core/abandon.ts";
import { JourneymanError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import type { Step } from "../core/next.ts";
import type { RunState } from "../core/state.ts";
import { backoff, type World } from "./world.ts";

/*
 * Failures of a stage come back as facts: terminal ends the run, wait parks it, retryable tries the stage again, and what the run can do
 * without is given up instead.
 */

export type StageStep = Extract<Step, { kind: "stage" }>;

/** Stages that may begin in a row without progress before the run is parked. */
export const CRASH_BUDGET = 5;

/** Causes that only a person can remove: no time is set for going on. */
const NEEDS_PERSON: ReadonlySet<string> = new Set([
  "model_unauthorized",
  "crash_budget",
  "budget_exhausted",
  "call_keeps_failing",
  "sandbox_limit",
  "model_refused",
  "model_unusable",
  "model_silent",
  "context_exceeded",
]);

/** Calls that were sent and never answered, because the worker stopped: what they cost is not known, so the reservation is charged. */
export const interruptedCalls = ({ openCalls }: RunState): readonly RunEvent[] =>
  Object.values(openCalls).map(({ conversation, turn, reservedMicroUsd }) => ({
    type: "model.failed",
    conversation,
    turn,
    failure: "interrupted",
    detail: "the worker stopped before the answer arrived; the whole reservation is charged",
    retryAfterMs: null,
    costMicroUsd: reservedMicroUsd,
  }));

/** How long an outage of the model is waited out, in milliseconds; then a person is asked. */
const LONGEST_OUTAGE_MS = 30 * 60_000;

/** An outage that lasts is no longer left to time. */
function lasting(world: World, state: RunState, error: JourneymanError): JourneymanError {
  const { parkedCode, parks, parkedSince } = state;
  if (error.code !== "model_unavailable" || parkedCode !== error.code || parks === 0 || parkedSince === null)
    return error;
  const awayMs = world.clock.now() - Date.parse(parkedSince);
  if (awayMs < LONGEST_OUTAGE_MS) return error;
  const { reason = "" } = error.details;
  return new JourneymanError("model_silent", { minutes: Math.round(awayMs / 60_000), reason }, { cause: error });
}

/** The fact that the failure of a stage amounts to. */
export function setbackOf(
  world: World,
  state: RunState,
  failed: { readonly step: StageStep; readonly error: JourneymanError },
): RunEvent {
  const { stage } = failed.step;
  const error = lasting(world, state, failed.error);
  const { code, details } = error;
  if (abandons(state, stage, error)) return { type: "stage.abandoned", stage, code, details };
  switch (error.class) {
    case "terminal":
      return { type: "run.finished", outcome: "failed", code, details };
    case "retryable":
      return { type: "stage.failed", stage, code, details };
    case "wait": {
      const at = world.clock.now() + backoff(world, state.parks, error.retryAfterMs);
      const resumeAt = NEEDS_PERSON.has(code) ? null : new Date(at).toISOString();
      return { type: "run.parked", code, details, resumeAt };
    }
  }
}

/**
 * What failed once is begun again at once; what fails again has a cause that takes its time to pass, as an engine does that comes up.
 * In milliseconds.
 */
export function pauseAfter(world: World, { setbacks }: RunState, { class: kind }: JourneymanError): number {
  const isRepeated = kind === "retryable" && setbacks > 1 && setbacks < CRASH_BUDGET;
  return isRepeated ? backoff(world, setbacks - 2, null) : 0;
}
