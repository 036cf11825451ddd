import { asJourneymanError } from "../core/errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../run/world.ts";

/** Work that is done again and again. */
export interface Round {
  /** Names it in the log. */
  readonly name: string;
  /** Time from the end of one to the beginning of the next, in milliseconds. */
  readonly everyMs: number;
  readonly work: (signal: AbortSignal) => Promise<void>;
}

export interface Rounds {
  /** Begins no further round, and waits for those under way: they are told to stop. */
  close(): Promise<void>;
}

async function repeat(
  { name, everyMs, work }: Round,
  clock: Clock,
  { log, signal }: { log: Log; signal: AbortSignal },
) {
  while (!signal.aborted) {
    await work(signal).catch((error: unknown) => {
      if (!signal.aborted) log.warn({ code: asJourneymanError(error).code, error }, `${name}.failed`);
    });
    await clock.sleep(everyMs, signal);
  }
}

/** Begins each round at once. One that fails is logged, and the next comes all the same. */
export function startRounds(rounds: readonly Round[], { clock, log }: { clock: Clock; log: Log }): Rounds {
  const over = new AbortController();
  const { signal } = over;
  const under = rounds.map((round) => repeat(round, clock, { log, signal }));
  return {
    close: async () => {
      over.abort();
      await Promise.all(under);
    },
  };
}
