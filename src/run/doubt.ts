import { RunEvent, type StoredEvent } from "../core/events.ts";

/*
 * An append whose end was not heard, because the store was lost while it wrote: the journal has all of its facts or none. Nobody else
 * writes a run's facts at that place, in that epoch, at that time and with those words, so they are known again when they are read.
 */

interface Doubt {
  /** The place that the first of the facts was to get. */
  readonly next: number;
  readonly at: string;
  readonly events: readonly RunEvent[];
}

/** As the journal gives it back: parsed facts have their keys in one order. */
const asStored = (event: RunEvent): RunEvent => RunEvent.parse(JSON.parse(JSON.stringify(event)));

const isSame = (fact: StoredEvent | undefined, event: RunEvent): boolean =>
  JSON.stringify(fact?.event) === JSON.stringify(asStored(event));

export interface Doubts {
  /** Remembers an append, of whose facts the first `held` had been held back, and throws what made it fail. */
  readonly keep: (doubt: Doubt, held: number) => (error: unknown) => never;
  /** How many facts that this worker still holds back are in the journal after all. Then nothing is in doubt any more. */
  readonly settle: (facts: readonly StoredEvent[]) => number;
}

export function openDoubts(epoch: number): Doubts {
  let doubts: readonly { readonly doubt: Doubt; readonly held: number }[] = [];
  const isWritten = (facts: readonly StoredEvent[], { next, at, events }: Doubt): boolean => {
    const found = facts.filter((fact) => fact.index >= next && fact.epoch === epoch && fact.at === at);
    return events.every((event, n) => found[n]?.index === next + n && isSame(found[n], event));
  };
  return {
    keep: (doubt, held) => (error) => {
      doubts = [...doubts, { doubt, held }];
      throw error;
    },
    settle: (facts) => {
      const written = doubts.find(({ doubt }) => isWritten(facts, doubt));
      doubts = [];
      return written?.held ?? 0;
    },
  };
}
