import { RunId } from "../core/ids.ts";
import type { Clock } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import type { Queue } from "../ports/queue.ts";
import { isFull } from "../sandbox/host-disk.ts";

/** Longest that `/readyz` waits for an answer, in milliseconds. */
const READY_MS = 3_000;

/** Names no run: a claim on it changes nothing, but takes the journal's lock for writing. */
const NO_RUN = RunId.parse("0".repeat(26));

export interface Needed {
  readonly journal: Pick<Journal, "claim">;
  readonly queue: Pick<Queue, "check">;
  readonly clock: Clock;
  /** Who claims. */
  readonly worker: string;
  /** The directory whose disk must have room; null where nothing that matters is written there. */
  readonly disk: string | null;
}

async function isUsable({ journal, queue, clock, worker, disk }: Needed): Promise<boolean> {
  await Promise.all([queue.check(), journal.claim(NO_RUN, { holder: worker, leaseMs: 0, now: clock.now() })]);
  return disk === null || !(await isFull(disk));
}

/** Whether queue, journal and disk can be worked with, and answer soon: what keeps us waiting is not ready either. */
export async function isReady(needed: Needed): Promise<boolean> {
  const over = new AbortController();
  const late = needed.clock.sleep(READY_MS, over.signal).then(() => false);
  const ready = await Promise.race([isUsable(needed).catch(() => false), late]);
  over.abort();
  return ready;
}
