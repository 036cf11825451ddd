import { asJourneymanError, type JourneymanError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import type { Step } from "../core/next.ts";
import { liveStatus, type LiveStatus } from "./live-status.ts";
import type { RunLog } from "./run-log.ts";
import { STAGES } from "./stages/all.ts";
import { watch } from "./watch.ts";
import type { World } from "./world.ts";

/*
 * Failures of a stage come back as facts: terminal ends the run, wait parks it, retryable tries the stage again; what concerns this
 * worker alone (lost lease, shutdown) leaves no trace.
 */

/** Stages that may begin in a row without progress before the run is parked. */
const CRASH_BUDGET = 5;

/** How long a stage that was told to stop is waited for, in milliseconds. */
const STOP_GRACE_MS = 4_000;

/** Facts about what has happened already, outside or in money: written down even while the stage is being stopped. */
const SETTLES: ReadonlySet<RunEvent["type"]> = new Set([
  "effect.done",
  "pull_request.opened",
  "model.responded",
  "model.failed",
]);

/** A run that this worker drives. */
export interface Driven {
  readonly world: World;
  readonly log: RunLog;
  readonly status: LiveStatus;
  readonly signal: AbortSignal;
}

export const drivenRun = (world: World, log: RunLog, signal: AbortSignal): Driven => ({
  world,
  log,
  status: liveStatus(world, log),
  signal,
});

type StageStep = Extract<Step, { kind: "stage" }>;

/** Milliseconds to wait before the n-th try, doubling. */
export const backoff = (world: World, tries: number, asked: number | null): number =>
  Math.max(asked ?? 0, Math.min(world.timings.maxParkMs, world.timings.parkMs * 2 ** Math.min(tries, 20)));

/** Causes that only a person can remove: no time is set for going on. */
const NEEDS_PERSON: ReadonlySet<string> = new Set(["model_unauthorized", "crash_budget"]);

function factOf({ world, log }: Driven, step: StageStep, error: JourneymanError): RunEvent {
  const { code, details } = error;
  switch (error.class) {
    case "terminal":
      return { type: "run.finished", outcome: "failed", code, details };
    case "retryable":
      return { type: "stage.failed", stage: step.stage, code, details };
    case "wait": {
      const at = world.clock.now() + backoff(world, log.state().parks, error.retryAfterMs);
      const resumeAt = NEEDS_PERSON.has(code) ? null : new Date(at).toISOString();
      return { type: "run.parked", code, details, resumeAt };
    }
  }
}

/** Resolves some time after the signal has fired, when a stage that was told to stop is not waited for any more. */
function patienceWith({ world }: Driven, stopping: AbortSignal): Promise<null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const start = (): void => void world.clock.sleep(STOP_GRACE_MS).then(() => resolve(null));
  if (stopping.aborted) start();
  else stopping.addEventListener("abort", start, { once: true });
  return promise;
}

/**
 * Appends a stage's facts as they come. A stage that is being stopped may still settle what it has begun, for a while; one that hangs in
 * a call is left behind: it begins nothing more, and closes what it opened when the call ends.
 */
async function follow(driven: Driven, facts: AsyncGenerator<RunEvent, void>, stopping: AbortSignal): Promise<void> {
  const patience = patienceWith(driven, stopping);
  try {
    for (;;) {
      const coming = facts.next();
      coming.catch(() => {});
      const come = await Promise.race([coming, patience]);
      if (come === null || come.done === true) return;
      if (stopping.aborted && !SETTLES.has(come.value.type)) return;
      await driven.log.append([come.value]);
    }
  } finally {
    const closing = facts.return();
    closing.catch(() => {});
    await Promise.race([closing, patience]);
  }
}

/** Runs a stage to its end, to its failure, or until it should stop; whatever comes of it is a fact. */
export async function runStage(driven: Driven, step: StageStep): Promise<void> {
  const { world, log, status, signal } = driven;
  const { stage, round } = step;
  if (log.state().setbacks >= CRASH_BUDGET) {
    await log.append([{ type: "run.parked", code: "crash_budget", details: { count: CRASH_BUDGET }, resumeAt: null }]);
    return;
  }
  await log.append([{ type: "stage.started", stage, round, worker: world.worker }]);
  const watching = watch(world, log, status);
  const stopping = AbortSignal.any([signal, watching.signal]);
  try {
    await follow(driven, STAGES[stage]({ world, log, state: log.state, round, signal: stopping }), stopping);
    if (!stopping.aborted) await log.append([{ type: "stage.finished", stage, round }]);
  } catch (thrown) {
    const error = asJourneymanError(thrown);
    if (stopping.aborted || error.code === "lease_lost") return;
    world.log.warn({ run: log.claim.run, stage, code: error.code, error: thrown }, "stage.failed");
    await log.append([factOf(driven, step, error)]);
  } finally {
    await watching.stop();
  }
}
