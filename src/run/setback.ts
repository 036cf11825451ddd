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
const NEEDS_PERSON: ReadonlySet<string> = new Set(["model_unauthorized", "crash_budget", "budget_exhausted"]);

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
