import { abandons } from "../core/abandon.ts";
import type { JourneymanError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import type { Step } from "../core/next.ts";
import type { RunState } from "../core/state.ts";
import { backoff, type World } from "./world.ts";

/*
 * Failures of a stage come back as facts: terminal ends the run, wait parks it, retryable tries the stage again, and what the run can do
 * without is given up instead.
 */

export type StageStep = Extract<Step, { kind: "stage" }>;

/** Causes that only a person can remove: no time is set for going on. */
const NEEDS_PERSON: ReadonlySet<string> = new Set([
  "model_unauthorized",
  "crash_budget",
  "budget_exhausted",
  "call_keeps_failing",
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

/** The fact that the failure of a stage amounts to. */
export function setbackOf(
  world: World,
  state: RunState,
  { step, error }: { readonly step: StageStep; readonly error: JourneymanError },
): RunEvent {
  const { stage } = step;
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
