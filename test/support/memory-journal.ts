import type { RunEvent } from "../../src/core/events.ts";
import type { RunId } from "../../src/core/ids.ts";
import type { Subject } from "../../src/core/subject.ts";
import type { Journal } from "../../src/ports/journal.ts";

export interface MemoryJournal extends Pick<Journal, "receive"> {
  readonly runs: ReadonlyMap<RunId, readonly RunEvent[]>;
  /** Deliveries remembered. */
  readonly received: () => number;
  /** The run is no longer live. */
  finish(run: RunId): void;
  /** Makes every call fail until called again with null. */
  breakWith(thrown: unknown): void;
}

const issueOf = (subject: Subject): string => `${subject.host}/${subject.repositoryId}#${subject.issue}`;

/** The taking-in half of a journal, in memory: both keys and the facts together or nothing, one delivery at a time. */
export function memoryJournal(): MemoryJournal {
  const runs = new Map<RunId, RunEvent[]>();
  const issues = new Map<string, { live: RunId | null; latest: RunId | null }>();
  const keys = new Set<string>();
  let received = 0;
  let broken: unknown = null;
  return {
    runs,
    received: () => received,
    finish: (run) => {
      for (const known of issues.values()) if (known.live === run) known.live = null;
    },
    breakWith: (thrown) => {
      broken = thrown;
    },
    receive: async (delivery, subject, { admit }) => {
      await Promise.resolve();
      if (broken !== null) throw broken;
      if (keys.has(`id ${delivery.id}`) || keys.has(`body ${delivery.body}`)) return { kind: "duplicate" };
      const known = issues.get(issueOf(subject)) ?? { live: null, latest: null };
      const admission = admit(known);
      keys.add(`id ${delivery.id}`).add(`body ${delivery.body}`);
      received += 1;
      if (admission === null) return { kind: "ignored" };
      const facts = runs.get(admission.run);
      if (facts === undefined) issues.set(issueOf(subject), { live: admission.run, latest: admission.run });
      runs.set(admission.run, [...(facts ?? []), ...admission.events]);
      return { kind: "accepted", run: admission.run, index: facts?.length ?? 0 };
    },
  };
}
