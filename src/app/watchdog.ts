import { asJourneymanError } from "../core/errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import type { Handled, Queue } from "../ports/queue.ts";
import type { RunId } from "../core/ids.ts";
import type { Log } from "../run/world.ts";

/*
 * Notices a worker that takes no work although there is some: a connection may be dead without anybody having said so. First its
 * connections are made anew; when that has not helped several times in a row, the process ends, and whoever watches over it starts another.
 * A Redis that does not answer on a new connection either is not the worker's fault: then it is waited for.
 */

/** Renewals in a row without a wake, after which the process is given up. */
const RENEWALS = 3;

type Handler = (run: RunId, signal: AbortSignal) => Promise<Handled>;

export interface WatchdogParts {
  readonly journal: Pick<Journal, "due">;
  readonly queue: Pick<Queue, "renew">;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  readonly concurrency: number;
  /** A worker that could and does not take work that is due for so long is not well, in milliseconds. */
  readonly patienceMs: number;
  /** Ends the process. */
  readonly giveUp: () => void;
}

export interface Watchdog {
  /** The handler, watched. */
  watched(handler: Handler): Handler;
  /** Looks once; to be called now and then. */
  look(): Promise<void>;
}

export function makeWatchdog({ journal, queue, clock, log, ...parts }: WatchdogParts): Watchdog {
  let under = 0;
  let seenAt = clock.now();
  let renewals = 0;

  const moved = (): void => {
    seenAt = clock.now();
    renewals = 0;
  };

  /** Whether work has been waiting for all the time in which this worker, with a hand free, took none. */
  const isStuck = async (): Promise<boolean> => {
    const since = clock.now() - parts.patienceMs;
    if (under >= parts.concurrency || seenAt > since) return false;
    return (await journal.due(since, 1)).length > 0;
  };

  return {
    watched: (handler) => async (run, signal) => {
      moved();
      under += 1;
      try {
        return await handler(run, signal);
      } finally {
        under -= 1;
        moved();
      }
    },
    look: async () => {
      if (!(await isStuck())) return;
      if (renewals >= RENEWALS) return parts.giveUp();
      try {
        await queue.renew();
        renewals += 1;
        seenAt = clock.now();
        log.warn({ renewals }, "worker.stuck");
      } catch (thrown) {
        log.warn({ code: asJourneymanError(thrown).code }, "worker.waits_for_redis");
      }
    },
  };
}
