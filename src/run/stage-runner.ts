import { asJourneymanError, JourneymanError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import { liveStatus, type LiveStatus } from "./live-status.ts";
import { createPurse } from "./talk/purse.ts";
import type { RunLog } from "./run-log.ts";
import { setbackOf, type StageStep } from "./setback.ts";
import type { StageContext } from "./stage.ts";
import { STAGES } from "./stages/all.ts";
import { watch } from "./watch.ts";
import type { World } from "./world.ts";

/*
 * Runs a stage and writes down what comes of it. What concerns this worker alone (lost lease, shutdown) leaves no trace.
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

/**
 * Facts about what cannot be lost, only done again: written together with the next fact, which comes at once. An answer with calls is
 * followed by the first `tool.called` before anything is run; results are followed by a checkpoint or the next request.
 */
const HELD: ReadonlySet<RunEvent["type"]> = new Set(["model.responded", "tool.returned"]);

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

/** Resolves some time after the signal has fired, when a stage that was told to stop is not waited for any more. */
function patienceWith({ world }: Driven, stopping: AbortSignal): Promise<null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const start = (): void => void world.clock.sleep(STOP_GRACE_MS).then(() => resolve(null));
  if (stopping.aborted) start();
  else stopping.addEventListener("abort", start, { once: true });
  return promise;
}

/** Long enough for a fact that needs nothing from outside. */
const aMoment = (): Promise<null> => new Promise((resolve) => setImmediate(resolve, null));

/**
 * Appends a stage's facts as they come. A stage that is being stopped may still settle what it has begun, for a while; one that hangs in
 * a call is left behind: it begins nothing more, and closes what it opened when the call ends.
 */
async function follow(driven: Driven, facts: AsyncGenerator<RunEvent, void>, stopping: AbortSignal): Promise<void> {
  const patience = patienceWith(driven, stopping);
  const { log } = driven;
  try {
    for (;;) {
      const coming = facts.next();
      coming.catch(() => {});
      const soon = await Promise.race([coming, aMoment()]);
      if (soon === null) await log.flush();
      const come = soon ?? (await Promise.race([coming, patience]));
      if (come === null || come.done === true) return;
      if (stopping.aborted && !SETTLES.has(come.value.type)) return;
      if (HELD.has(come.value.type) && !stopping.aborted) await log.hold(come.value);
      else await log.append([come.value]);
    }
  } finally {
    const closing = facts.return();
    closing.catch(() => {});
    await Promise.race([closing, patience]);
    await log.flush();
  }
}

const contextOf = ({ world, log }: Driven, { round }: StageStep, signal: AbortSignal): StageContext => ({
  world,
  log,
  state: log.state,
  round,
  signal,
  purse: createPurse(log.state, world.clock),
});

/** Runs a stage to its end, to its failure, or until it should stop; whatever comes of it is a fact. */
export async function runStage(driven: Driven, step: StageStep): Promise<void> {
  const { world, log, status, signal } = driven;
  const { stage, round } = step;
  if (log.state().setbacks >= CRASH_BUDGET) {
    await log.append([
      setbackOf(world, log.state(), { step, error: new JourneymanError("crash_budget", { count: CRASH_BUDGET }) }),
    ]);
    return;
  }
  await log.append([{ type: "stage.started", stage, round, worker: world.worker }]);
  const watching = watch(world, log, status);
  const stopping = AbortSignal.any([signal, watching.signal]);
  try {
    await follow(driven, STAGES[stage](contextOf(driven, step, stopping)), stopping);
    if (!stopping.aborted) await log.append([{ type: "stage.finished", stage, round }]);
  } catch (thrown) {
    const error = asJourneymanError(thrown);
    if (stopping.aborted || error.code === "lease_lost") return;
    world.log.warn({ run: log.claim.run, stage, code: error.code, error: thrown }, "stage.failed");
    await log.append([setbackOf(world, log.state(), { step, error })]);
  } finally {
    await watching.stop();
  }
}
