import { JourneymanError } from "../core/errors.ts";
import type { StoredEvent } from "../core/events.ts";
import type { RunId } from "../core/ids.ts";

/**
 * The place of a fact as given on the command line; `count` is how many facts the run has.
 * @throws option_invalid, fact_unknown
 */
export function factAt(given: string, run: RunId, count: number): number {
  if (!/^\d{1,9}$/.test(given))
    throw new JourneymanError("option_invalid", { option: "--at", expected: "the number of a fact", given });
  const at = Number(given);
  if (at >= count) throw new JourneymanError("fact_unknown", { run, at, last: count - 1 });
  return at;
}

/** The facts up to the place that was given, or all of them. @throws option_invalid, fact_unknown */
export const upTo = (facts: readonly StoredEvent[], run: RunId, at: string | undefined): readonly StoredEvent[] =>
  at === undefined ? facts : facts.slice(0, factAt(at, run, facts.length) + 1);
