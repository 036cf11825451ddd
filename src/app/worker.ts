import { asJourneymanError } from "../core/errors.ts";
import type { Queue } from "../ports/queue.ts";
import { drive } from "../run/runner.ts";
import type { World } from "../run/world.ts";

export interface WorkerOptions {
  readonly concurrency: number;
  /** How often due runs without a wake are looked for, in milliseconds. */
  readonly sweepMs: number;
  /** How often containers that nobody owns are looked for, in milliseconds. */
  readonly cleanMs: number;
}

export const WORKER_DEFAULTS = { sweepMs: 2_000, cleanMs: 60_000 } as const;

/** Runs looked at in one sweep, and newest runs that a clean-up knows. */
const SWEEP_LIMIT = 200;
const RUNS_LIMIT = 10_000;

export interface Worker {
  /** Takes no new work, lets go of what is under way within `graceMs`; what was cut goes on from the journal. */
  close(graceMs: number): Promise<void>;
}

/** Wakes every run that is due and held by nobody: what a crash between append and wake forgot, and what an emptied Redis lost. */
async function sweepRuns(world: World, queue: Queue): Promise<void> {
  for (const { run, next } of await world.journal.due(world.clock.now(), SWEEP_LIMIT)) await queue.wake(run, next);
}

/** Removes sandboxes of runs that are over, and of epochs that were taken over. A run that is not known yet was founded just now. */
async function sweepSandboxes(world: World): Promise<void> {
  const rows = new Map((await world.journal.runs({ limit: RUNS_LIMIT })).map((row) => [String(row.run), row]));
  const removed = await world.sandbox.sweep((run, epoch) => {
    const row = rows.get(run);
    return row === undefined || (row.live && epoch >= row.epoch);
  });
  if (removed > 0) world.log.info({ removed }, "sandbox.swept");
}

/** Repeats until closed; a failing round is logged and the next one comes all the same. */
async function repeat(
  world: World,
  every: { ms: number; name: string; signal: AbortSignal },
  work: () => Promise<void>,
) {
  while (!every.signal.aborted) {
    await work().catch((error: unknown) =>
      world.log.warn({ code: asJourneymanError(error).code, error }, `${every.name}.failed`),
    );
    await world.clock.sleep(every.ms, every.signal);
  }
}

/** Takes wakes and drives runs. */
export async function startWorker(world: World, queue: Queue, options: WorkerOptions): Promise<Worker> {
  const over = new AbortController();
  const { signal } = over;
  await queue.consume((run, stopping) => drive(world, run, stopping), { concurrency: options.concurrency });
  const sweeps = [
    repeat(world, { ms: options.sweepMs, name: "sweep", signal }, () => sweepRuns(world, queue)),
    repeat(world, { ms: options.cleanMs, name: "clean", signal }, () => sweepSandboxes(world)),
  ];
  return {
    close: async (graceMs) => {
      over.abort();
      await queue.close(graceMs);
      await Promise.all(sweeps);
    },
  };
}
