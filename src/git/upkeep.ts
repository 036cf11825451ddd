import type { BaseTree } from "../ports/trees.ts";
import type { createLocks } from "./lock.ts";
import { deservesSpare, makeSpare } from "./older-tree.ts";
import type { Owner, Place } from "./place.ts";
import { discard, takeOld } from "./shelf.ts";

export interface Upkeep {
  /** After a new tree was written, by the holder of the mirror's lock. What takes time goes on after this has settled. */
  readonly begin: (place: Place, made: BaseTree) => Promise<void>;
  /** Settles when nothing goes on any more. */
  readonly settled: () => Promise<void>;
}

/** Puts the trees of repositories in order behind the back of those who open them: old ones go, a spare for the next one is made. */
export function createUpkeep(options: {
  readonly alone: ReturnType<typeof createLocks>;
  readonly lockOf: (place: Place) => string;
  readonly keep: number;
  readonly owner: Owner | null;
}): Upkeep {
  const { alone, lockOf, keep, owner } = options;
  const never = new AbortController().signal;
  const going = new Set<Promise<void>>();
  const start = (work: Promise<void>) => {
    // What fails here is found and tried again with the next tree.
    const job: Promise<void> = work.catch(() => {}).finally(() => going.delete(job));
    going.add(job);
  };
  return {
    async begin(place, made) {
      const old = await takeOld(place, keep).catch(() => []);
      if (deservesSpare(made.files.size)) {
        start(alone(lockOf(place), never, () => makeSpare(place, { files: made.files, owner })));
      }
      if (old.length > 0) start(discard(old));
    },
    async settled() {
      while (going.size > 0) await Promise.all(going);
    },
  };
}
