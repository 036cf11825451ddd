import type { RunEvent, StoredEvent } from "../core/events.ts";
import type { RunId } from "../core/ids.ts";
import type { AppendEntry, Journal } from "../ports/journal.ts";
import { followRun, isWork, type RunFollower } from "./run-work.ts";
import type { Consumer } from "./work.ts";

/*
 * The journal, watched: what becomes of a run's work is told to consumers. It is told once, by the process that wrote the fact which
 * ended it. Invariants: (1) an append is never delayed and never fails because of this; (2) facts are followed in their order; those
 * that other processes wrote are read from the journal and told to nobody; (3) memory is bounded: a run that was forgotten is read again.
 */

/** Runs whose work is remembered. */
const MAX_RUNS = 500;

/** Most appends of one run that wait while its earlier facts are read. */
const MAX_WAITING = 10_000;

const NOBODY: Consumer = { take: () => {} };

type Fact = Pick<StoredEvent, "at" | "event">;

/** Facts that this process wrote, from index `next` on. */
interface Written {
  readonly next: number;
  readonly facts: readonly Fact[];
}

interface Watched {
  readonly follower: RunFollower;
  /** Null when nothing has to be read first. */
  waiting: Written[] | null;
}

export interface Observer {
  readonly consumer: Consumer;
  /** Told of a run that could not be followed. */
  readonly failed?: (run: RunId, error: unknown) => void;
}

export function withObserver(journal: Journal, { consumer, failed = () => {} }: Observer): Journal {
  const watched = new Map<RunId, Watched>();
  const reading = new Set<Promise<void>>();

  const watch = (run: RunId): Watched => {
    const known = watched.get(run) ?? { follower: followRun(run), waiting: null };
    watched.delete(run);
    watched.set(run, known);
    const [oldest] = watched.keys();
    if (watched.size > MAX_RUNS && oldest !== undefined) watched.delete(oldest);
    return known;
  };
  const giveUp = (run: RunId, error: unknown): void => {
    watched.delete(run);
    failed(run, error);
  };
  const catchUp = async (run: RunId, { follower }: Watched, waiting: readonly Written[]): Promise<void> => {
    const facts = await journal.load(run, follower.facts());
    // What was appended while this was read stands in `waiting` by now. A fact after the last of those is not known to be ours yet.
    const ours = new Set(waiting.flatMap(({ next, facts: list }) => list.map((_, place) => next + place)));
    const end = Math.max(...ours);
    for (const fact of facts) if (fact.index <= end) follower.add(fact, ours.has(fact.index) ? consumer : NOBODY);
  };
  const follow = (run: RunId, written: Written): void => {
    if (!watched.has(run) && !written.facts.some(({ event }) => isWork(event))) return;
    const one = watch(run);
    if (one.waiting === null && one.follower.facts() === written.next) {
      for (const fact of written.facts) one.follower.add(fact, consumer);
    } else if (one.waiting !== null) {
      if (one.waiting.length < MAX_WAITING) one.waiting.push(written);
    } else {
      one.waiting = [written];
      const done = catchUp(run, one, one.waiting)
        .catch((error: unknown) => giveUp(run, error))
        .finally(() => {
          one.waiting = null;
          reading.delete(done);
        });
      reading.add(done);
    }
  };

  return {
    ...journal,
    async append(claim, entry) {
      const appended = await journal.append(claim, entry);
      if (appended.kind !== "appended") return appended;
      try {
        follow(claim.run, writtenOf(entry));
      } catch (error) {
        giveUp(claim.run, error);
      }
      return appended;
    },
    async close() {
      await Promise.all(reading);
      await journal.close();
    },
  };
}

const writtenOf = ({ next, events, at }: AppendEntry): Written => ({
  next,
  facts: events.map((event: RunEvent) => ({ at, event })),
});
