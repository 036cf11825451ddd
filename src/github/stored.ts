import type { Sha } from "../core/ids.ts";
import type { Subject } from "../core/subject.ts";
import type { Clock } from "../ports/clock.ts";

/*
 * Files that this process has stored in a repository and that no branch holds yet. A change of many files is put off by the pace in its
 * middle and begun again later: without this it would begin with the first file each time, and never come to its last. What is forgotten is
 * stored once more, which leaves the same.
 */

/** GitHub keeps what nothing holds for weeks; a run that is put off comes back within the hour. Milliseconds. */
const KEPT_MS = 6 * 3_600_000;
const MOST = 10_000;

export interface Stored {
  has(subject: Subject, sha: Sha): boolean;
  note(subject: Subject, sha: Sha): void;
  /** Of a repository that does not have what it was given. */
  forget(subject: Subject): void;
}

export function makeStored(clock: Pick<Clock, "now">): Stored {
  const times = new Map<string, number>();
  const prefixOf = ({ installationId, repositoryId }: Subject): string => `${installationId}/${repositoryId}/`;
  return {
    has: (subject, sha) => clock.now() - (times.get(prefixOf(subject) + sha) ?? -Infinity) < KEPT_MS,
    note(subject, sha) {
      if (times.size >= MOST) times.clear();
      times.set(prefixOf(subject) + sha, clock.now());
    },
    forget(subject) {
      for (const key of times.keys()) if (key.startsWith(prefixOf(subject))) times.delete(key);
    },
  };
}
