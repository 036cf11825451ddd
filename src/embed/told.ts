import type { StoredEvent } from "../core/events.ts";
import type { Journal } from "../ports/journal.ts";

/** Called with every fact once it is durable, in the order of a run. What it throws is lost, and the run goes on. */
export type Listener = (fact: StoredEvent) => void;

const tell = (listener: Listener, facts: readonly StoredEvent[]): void => {
  for (const fact of facts) {
    try {
      listener(fact);
    } catch {
      // Whoever watches cannot disturb what is watched.
    }
  }
};

/** The journal, whose new facts are also told to somebody. */
export const toldJournal = (journal: Journal, listener: Listener): Journal => ({
  ...journal,
  async receive(keys, subject, entry) {
    const receipt = await journal.receive(keys, subject, entry);
    if (receipt.kind === "accepted") tell(listener, await journal.load(receipt.run, receipt.index));
    return receipt;
  },
  async append(claim, entry) {
    const appended = await journal.append(claim, entry);
    if (appended.kind === "appended")
      tell(
        listener,
        entry.events.map((event, place) => {
          const { run, epoch } = claim;
          return { run, epoch, at: entry.at, index: entry.next + place, event };
        }),
      );
    return appended;
  },
});
