import type { Clock } from "../ports/clock.ts";
import { RunId } from "../core/ids.ts";
import type { Journal, RunRow } from "../ports/journal.ts";
import type { Queue } from "../ports/queue.ts";
import { drive } from "../run/runner.ts";
import type { World } from "../run/world.ts";
import { type Round, startRounds } from "./rounds.ts";
import { resumeUnauthorized } from "./model-key.ts";
import { makeWatchdog } from "./watchdog.ts";

export interface WorkerOptions {
  readonly concurrency: number;
  /** How often due runs without a wake are looked for, in milliseconds. */
  readonly sweepMs: number;
  /** How often containers that nobody owns are looked for, in milliseconds. */
  readonly cleanMs: number;
  /** For how long a worker may take nothing although there is work, in milliseconds. */
  readonly patienceMs: number;
  /** Ends the process when it takes no work for good. */
  readonly giveUp: () => void;
  /** What else is done again and again beside the work. */
  readonly rounds?: readonly Round[];
}

export const WORKER_DEFAULTS = { sweepMs: 2_000, cleanMs: 60_000, patienceMs: 60_000 } as const;

/** Runs looked at in one sweep. */
const SWEEP_LIMIT = 200;

export interface Worker {
  /** Takes no new work, lets go of what is under way within `graceMs`; what was cut goes on from the journal. */
  close(graceMs: number): Promise<void>;
}

/** Wakes every run that is due and held by nobody: what a crash between append and wake forgot, and what an emptied Redis lost. */
async function sweepRuns(world: World, queue: Queue): Promise<void> {
  for (const { run, next } of await world.journal.due(world.clock.now(), SWEEP_LIMIT)) await queue.wake(run, next);
}

/** For so long a worker that stood still, or whose journal was away, may come back to a run under way, in milliseconds. */
const LAPSED_MS = 600_000;

/** Whether somebody is at work on it. Whoever let a lease run out may renew it, unless another has taken the run. */
function isHeld({ leasedUntil, dueAt }: RunRow, now: number): boolean {
  if (leasedUntil === null) return false;
  const isUnderWay = dueAt !== null && Date.parse(dueAt) <= now;
  return now - Date.parse(leasedUntil) < (isUnderWay ? LAPSED_MS : 0);
}

/**
 * Whether a sandbox may still be of use: its run is held by somebody, and nobody has taken it over since. A run that rests holds none, live
 * or not. A run that is not known is not ours to judge: another program may use the same data directory.
 */
export async function isOwned(
  { journal, clock }: { journal: Pick<Journal, "find">; clock: Pick<Clock, "now"> },
  run: string,
  epoch: number,
): Promise<boolean> {
  const id = RunId.safeParse(run);
  const row = id.success ? await journal.find(id.data) : null;
  if (row === null) return true;
  return epoch >= row.epoch && isHeld(row, clock.now());
}

async function sweepSandboxes(world: World): Promise<void> {
  const removed = await world.sandbox.sweep((run, epoch) => isOwned(world, run, epoch));
  if (removed > 0) world.log.info({ removed }, "sandbox.swept");
}

/** Takes wakes and drives runs. */
export async function startWorker(world: World, queue: Queue, options: WorkerOptions): Promise<Worker> {
  const { concurrency, sweepMs, cleanMs, patienceMs, giveUp, rounds: more = [] } = options;
  const { journal, clock, log } = world;
  const dog = makeWatchdog({ journal, queue, clock, log, concurrency, patienceMs, giveUp });
  await queue.consume(
    dog.watched((run, stopping) => drive(world, run, stopping)),
    { concurrency },
  );
  resumeUnauthorized(world).catch((error: unknown) => log.warn({ error }, "resume.failed"));
  const rounds = startRounds(
    [
      { name: "sweep", everyMs: sweepMs, work: () => sweepRuns(world, queue) },
      { name: "clean", everyMs: cleanMs, work: () => sweepSandboxes(world) },
      { name: "watchdog", everyMs: patienceMs / 4, work: () => dog.look() },
      ...more,
    ],
    world,
  );
  return {
    close: async (graceMs) => {
      const rounding = rounds.close();
      await queue.close(graceMs);
      await rounding;
    },
  };
}
