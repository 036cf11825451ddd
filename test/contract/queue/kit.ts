import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { makeRunId, type RunId } from "../../../src/core/ids.ts";
import type { Handled, Queue } from "../../../src/ports/queue.ts";

export const newRun = (): RunId => makeRunId(Date.now(), randomBytes(10));
export const DONE: Handled = { kind: "done" };

/** Waits until something holds. The test's own time limit is the only one. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5);
}

export interface Taken {
  readonly run: RunId;
  readonly at: number;
  readonly signal: AbortSignal;
}

/** Consumes wakes, notes each, and answers what `answer` says of it. */
export async function takeAll(
  queue: Queue,
  answer: (run: RunId, signal: AbortSignal, nth: number) => Promise<Handled> = async () => DONE,
  concurrency = 1,
): Promise<Taken[]> {
  const taken: Taken[] = [];
  await queue.consume(
    (run, signal) => {
      taken.push({ run, at: Date.now(), signal });
      return answer(run, signal, taken.length);
    },
    { concurrency },
  );
  return taken;
}
