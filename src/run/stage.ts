import { JourneymanError } from "../core/errors.ts";
import type { EventOf, RunEvent } from "../core/events.ts";
import { timeFor } from "../core/money/limits.ts";
import { promptFor } from "../core/prompt-roles.ts";
import type { RunState } from "../core/state.ts";
import type { Subject } from "../core/subject.ts";
import type { Purse } from "./talk/purse.ts";
import type { RunLog } from "./run-log.ts";
import type { World } from "./world.ts";

/**
 * A stage yields facts; it resumes only after a fact is durable, and `state()` then holds it. It may be begun again at any point
 * and must go on from what the facts say. It throws `JourneymanError` and releases what it opened in `finally`.
 */
export interface StageContext {
  readonly world: World;
  readonly log: Pick<RunLog, "claim">;
  readonly state: () => RunState;
  readonly round: number;
  readonly signal: AbortSignal;
  /** The run's money, which conversations of the stage share. */
  readonly purse: Purse;
}

export type StageFunction = (context: StageContext) => AsyncGenerator<RunEvent, void>;

/** A part of the state that the workflow guarantees in this stage; without it the journal is broken. */
export function required<T>(value: T | null, what: string): T {
  if (value === null) throw new JourneymanError("internal", { reason: `no ${what} in this stage` });
  return value;
}

export const subjectOf = (context: StageContext): Subject => required(context.state().subject, "subject");

export const intakeOf = (context: StageContext): EventOf<"intake.finished"> =>
  required(context.state().intake, "intake");

/** Milliseconds that a command may take now: the minutes it is given, but no more than what is left of the stage's and the run's time. */
export function commandTime(context: StageContext, minutes: number): number {
  const { limits } = intakeOf(context).settings;
  const { workMs, stageMs } = context.state();
  const left = Math.min(limits.run_minutes * 60_000 - workMs, limits.stage_minutes * 60_000 - stageMs);
  return timeFor(minutes * 60_000, left);
}

/** A fork may have system texts of its own; its conversations begin with them, so that a resumed one goes on with the same. */
export const prompted = (prompts: Readonly<Record<string, string>>, fact: RunEvent): RunEvent =>
  fact.type === "conversation.started" ? { ...fact, system: promptFor(fact.system, prompts) } : fact;
