import { setTimeout as sleep } from "node:timers/promises";
import { DelayedError, UnrecoverableError, Worker, type Job } from "bullmq";
import type { Redis } from "ioredis";
import { z } from "zod";
import { RunId } from "../core/ids.ts";
import type { Handled } from "../ports/queue.ts";

export type Handler = (run: RunId, signal: AbortSignal) => Promise<Handled>;

/** All that Redis ever holds of a run. */
export const JobData = z.object({ runId: RunId });
export type JobData = z.infer<typeof JobData>;

export interface QueueLog {
  warn(details: object, message: string): void;
}

/** How soon a dead worker's wake is given to another: after its lock has run out and the next check saw that. Milliseconds. */
export interface LockTimes {
  readonly lockMs: number;
  readonly checkMs: number;
}

export interface ConsumerOptions {
  readonly connection: Redis;
  readonly name: string;
  readonly prefix: string;
  readonly concurrency: number;
  readonly lock: LockTimes;
  readonly log: QueueLog;
}

export interface Consumer {
  /** Takes no more wakes, tells the handlers to let go, and after `graceMs` hands over what they have not finished. */
  close(graceMs: number): Promise<void>;
  /** Takes no more wakes and leaves the handlers alone: their wakes come back by their locks' end, or by the journal's sweep. */
  abandon(): void;
}

/** A handler that throws is a fault of ours, not a verdict on the run: the wake is looked at again. */
const AFTER_FAULT_MS = 5_000;
const RESTART_MS = 1_000;
/** Redis may be gone when we close; what it then still holds, the locks' end or the journal's sweep brings back. */
const CLOSE_MS = 2_000;
/** Our own budget for crashes is in the journal; BullMQ's must never end a wake. */
const NEVER = 1_000_000;

interface Flight {
  readonly controller: AbortController;
  readonly letGo: () => void;
}

/** Runs the handler until it answers or must let go. Then the run's lease keeps what it still does from doing harm. */
async function answer(
  job: Job<unknown>,
  { handler, flying, log }: { handler: Handler; flying: Set<Flight>; log: QueueLog },
): Promise<Handled> {
  const data = JobData.safeParse(job.data);
  if (!data.success) throw new UnrecoverableError("not a wake");
  const { promise: released, resolve } = Promise.withResolvers<Handled>();
  const flight = { controller: new AbortController(), letGo: () => resolve({ kind: "again", delayMs: 0 }) };
  flying.add(flight);
  try {
    return await Promise.race([handler(data.data.runId, flight.controller.signal), released]);
  } catch (error) {
    log.warn({ job: job.id, error }, "a wake failed; it is looked at again");
    return { kind: "again", delayMs: AFTER_FAULT_MS };
  } finally {
    flying.delete(flight);
  }
}

/** Starts a BullMQ worker. It connects, and reconnects, by itself. */
function startWorker(options: ConsumerOptions, handler: Handler, flying: Set<Flight>): Worker<unknown> {
  const { connection, name, prefix, concurrency, lock, log } = options;
  const process = async (job: Job<unknown>, token?: string): Promise<void> => {
    const handled = await answer(job, { handler, flying, log });
    if (handled.kind === "done") return;
    await job.moveToDelayed(Date.now() + handled.delayMs, token);
    throw new DelayedError();
  };
  const worker = new Worker<unknown>(name, process, {
    connection,
    prefix,
    concurrency,
    lockDuration: lock.lockMs,
    lockRenewTime: lock.lockMs / 3,
    stalledInterval: lock.checkMs,
    maxStalledCount: NEVER,
  });
  // Without a listener an error event would end the process.
  worker.on("error", (error) => log.warn({ error }, "queue worker"));
  // A lost lock stops nothing: only the journal knows whether the run was taken over, and it refuses the appends of one that was.
  worker.on("lockRenewalFailed", (jobs) => log.warn({ jobs }, "queue locks were lost"));
  return worker;
}

/**
 * Takes wakes until closed. A BullMQ worker whose very first connection breaks at the wrong moment never recovers; it is replaced.
 */
export function startConsumer(options: ConsumerOptions, handler: Handler): Consumer {
  const flying = new Set<Flight>();
  let closing = false;
  let worker: Worker<unknown>;
  const start = (): void => {
    const started = startWorker(options, handler, flying);
    worker = started;
    started.waitUntilReady().catch(async (error: unknown) => {
      if (closing) return;
      options.log.warn({ error }, "queue worker did not start; trying again");
      await started.close(true);
      await sleep(RESTART_MS);
      if (!closing) start();
    });
  };
  start();
  return {
    abandon() {
      closing = true;
      worker.close(true).catch(() => {});
      worker.disconnect().catch(() => {});
    },
    async close(graceMs) {
      closing = true;
      const closed = worker.close().then(() => true);
      for (const flight of flying) flight.controller.abort();
      const over = new AbortController();
      const grace = sleep(flying.size === 0 ? 0 : graceMs, undefined, { signal: over.signal }).then(() => {
        for (const flight of flying) flight.letGo();
        return sleep(CLOSE_MS, false, { signal: over.signal });
      });
      const inOrder = await Promise.race([closed, grace.catch(() => false)]);
      over.abort();
      // Otherwise its connection would look for a Redis that is gone, and keep the process alive.
      if (!inOrder) worker.disconnect().catch(() => {});
    },
  };
}
