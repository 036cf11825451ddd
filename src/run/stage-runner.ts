import { asJourneymanError, type ErrorCode, JourneymanError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import { liveStatus, type LiveStatus } from "./live-status.ts";
import { createPurse } from "./talk/purse.ts";
import type { RunLog } from "./run-log.ts";
import { CRASH_BUDGET, interruptedCalls, pauseAfter, setbackOf, type StageStep } from "./setback.ts";
import { prompted, type StageContext } from "./stage.ts";
import { STAGES } from "./stages/all.ts";
import { watch } from "./watch.ts";
import type { World } from "./world.ts";

/*
 * Runs a stage and writes down what comes of it. What concerns this worker alone (lost lease, shutdown) leaves no trace.
 */

/** How long a stage that was told to stop is waited for, in milliseconds. */
const STOP_GRACE_MS = 4_000;

/** Facts about what has happened already, outside or in money: written down even while the stage is being stopped. */
const SETTLES: ReadonlySet<RunEvent["type"]> = new Set([
  "effect.done",
  "pull_request.opened",
  "model.responded",
  "model.failed",
]);

/** How long a fact may be held back when no other comes, in milliseconds. */
const MOMENT_MS = 20;

/**
 * Whether a fact is held back for a moment, to be written together with the one that follows: an answer, calls that only look at
 * something, results. Whatever comes next that has an effect (a call that writes or runs something, a checkpoint, the next request) is
 * written with them before it begins. A worker that dies within that moment has lost an answer: it is asked for again, and what was
 * reserved for it is charged.
 */
const isHeld = (fact: RunEvent): boolean =>
  fact.type === "model.responded" ||
  fact.type === "tool.returned" ||
  (fact.type === "tool.called" && fact.effect === "none");

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

/** A request for which there is no money: the conversation that wants to make it is told, and others go on. */
const NO_MONEY: ReadonlySet<ErrorCode> = new Set(["budget_exhausted", "day_budget_exhausted", "day_budget_reserved"]);

/** Writes a fact down; why not, where the stage has to deal with that. */
async function take(log: RunLog, fact: RunEvent, held: boolean): Promise<JourneymanError | null> {
  try {
    if (held) await log.hold(fact);
    else await log.append([fact]);
    return null;
  } catch (thrown) {
    if (fact.type === "model.requested" && thrown instanceof JourneymanError && NO_MONEY.has(thrown.code))
      return thrown;
    throw thrown;
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

/** Null when what is coming takes longer than facts are held back. */
async function soon<T>(coming: Promise<T>): Promise<T | null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, MOMENT_MS, null);
  try {
    return await Promise.race([coming, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Appends a stage's facts as they come. A stage that is being stopped may still settle what it has begun, for a while; one that hangs in
 * a call is left behind: it begins nothing more, and closes what it opened when the call ends.
 */
async function follow(driven: Driven, facts: AsyncGenerator<RunEvent, void>, stopping: AbortSignal): Promise<void> {
  const patience = patienceWith(driven, stopping);
  const { log } = driven;
  let coming = facts.next();
  try {
    for (;;) {
      coming.catch(() => {});
      let come = await soon(coming);
      if (come === null) {
        await log.flush();
        come = await Promise.race([coming, patience]);
      }
      if (come === null || come.done === true) return;
      if (stopping.aborted && !SETTLES.has(come.value.type)) return;
      const refused = await take(
        log,
        prompted(log.state().fork?.prompts ?? {}, come.value),
        isHeld(come.value) && !stopping.aborted,
      );
      coming = refused === null ? facts.next() : facts.throw(refused);
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

/**
 * Runs a stage to its end, to its failure, or until it should stop; whatever comes of it is a fact. Returns for how many milliseconds
 * the run is better left alone.
 */
export async function runStage(driven: Driven, step: StageStep): Promise<number> {
  const { world, log, status, signal } = driven;
  const { stage, round } = step;
  if (log.state().setbacks >= CRASH_BUDGET) {
    await log.append([
      setbackOf(world, log.state(), { step, error: new JourneymanError("crash_budget", { count: CRASH_BUDGET }) }),
    ]);
    return 0;
  }
  await log.append([{ type: "stage.started", stage, round, worker: world.worker }, ...interruptedCalls(log.state())]);
  const watching = watch(world, log, status);
  const stopping = AbortSignal.any([signal, watching.signal]);
  try {
    await follow(driven, STAGES[stage](contextOf(driven, step, stopping)), stopping);
    if (!stopping.aborted) await log.append([{ type: "stage.finished", stage, round }]);
    return 0;
  } catch (thrown) {
    const error = asJourneymanError(thrown);
    if (stopping.aborted || error.code === "lease_lost") return 0;
    world.log.warn({ run: log.claim.run, stage, code: error.code, error: thrown }, "stage.failed");
    await log.append([setbackOf(world, log.state(), { step, error })]);
    return pauseAfter(world, log.state(), error);
  } finally {
    await watching.stop();
  }
}

/** A run that was stopped while its worker was away has no stage any more that would settle what was asked in it. */
export async function settleEnded({ log }: Driven): Promise<void> {
  const calls = log.state().outcome === null ? [] : interruptedCalls(log.state());
  if (calls.length > 0) await log.append(calls);
}
