import { asJourneymanError } from "../core/errors.ts";
import { beganAt } from "../core/ids.ts";
import type { Found, Installation, Issues, Place } from "../ports/deliveries.ts";
import type { Journal, KnownRuns, RunRow } from "../ports/journal.ts";
import type { Log } from "../run/world.ts";
import { HORIZON_MS } from "./redelivery.ts";
import { type Intake, takeIn } from "./take-in.ts";

/*
 * Looks through the issues for commands that never arrived, of which GitHub has no record either. What is found is taken in under the name of
 * its delivery. Invariants: (1) nothing is skipped: how far a repository was looked through moves only over what was taken in; (2) nothing
 * older than the journal, or than it remembers deliveries, is taken in, nor what was said before the App was installed, or saw the repository; (3) an
 * installation with more repositories than one round allows is gone through in turns, those with a live run first; one that fails keeps no
 * other waiting.
 */

/** A delivery on its way gets so long before its command is taken from the issue, in milliseconds. */
const GRACE_MS = 60_000;
/** Requests of one round to one installation: a third of what GitHub allows an hour, at twelve rounds. */
const BUDGET = 150;
/** Repositories looked at side by side. */
const AT_ONCE = 4;
const LIVE_LIMIT = 10_000;

export interface UnheardParts extends Intake {
  readonly issues: Issues;
  readonly journal: Pick<Journal, "receive" | "isKnown" | "remembersFrom" | "runs">;
  readonly log: Log;
  /** Time between rounds, in milliseconds. */
  readonly everyMs: number;
  /** For how long the journal remembers deliveries, in milliseconds. */
  readonly memoryMs: number;
}

/** Milliseconds since 1970 up to which each repository was looked through. */
type Covered = Map<number, number>;

/**
 * Whether a label was heard although its delivery had a name that could not be guessed: a run of the issue began with it, or since. It wanted
 * one run, and none would come of it twice.
 */
const isHeard = ({ intent: { command }, at }: Found, { latest }: KnownRuns): boolean =>
  command.name === "plan" && command.source === "label" && latest !== null && beganAt(latest) >= at - GRACE_MS;

async function hear(parts: UnheardParts, found: Found): Promise<void> {
  const { intent, keys } = found;
  if (await parts.journal.isKnown(keys)) return;
  const receive: Journal["receive"] = (names, subject, { at, admit }) =>
    parts.journal.receive(names, subject, { at, admit: (known) => (isHeard(found, known) ? null : admit(known)) });
  const receipt = await takeIn({ ...parts, journal: { receive } }, intent, keys);
  if (receipt.kind === "accepted")
    parts.log.info({ run: receipt.run, command: intent.command.name }, "command.found_undelivered");
}

/** Goes through one repository as far as the budget allows; gives the requests it took. */
async function lookThrough(parts: UnheardParts, covered: Covered, place: Place): Promise<number> {
  const now = parts.clock.now();
  const graceMs = Math.min(GRACE_MS, parts.everyMs);
  const oldest = Math.max(now - Math.min(HORIZON_MS, parts.memoryMs), place.installedAt);
  let calls = 0;
  for (let more = true; more && calls < BUDGET;) {
    const since = Math.max(oldest, covered.get(place.repositoryId) ?? 0);
    const looked = await parts.issues.commands(place, since);
    for (const found of looked.found) await hear(parts, found);
    covered.set(place.repositoryId, Math.max(since, Math.min(looked.until, looked.now - graceMs)));
    calls += looked.calls;
    ({ more } = looked);
  }
  return calls;
}

/** Repositories in the order in which they are looked at: with a live run first, then those not looked at for longest. */
function inTurn(places: readonly Place[], live: ReadonlySet<number>, covered: Covered): Place[] {
  const rank = ({ repositoryId }: Place): number => (live.has(repositoryId) ? -1 : (covered.get(repositoryId) ?? 0));
  return places.toSorted((a, b) => rank(a) - rank(b));
}

async function lookInto(
  parts: UnheardParts,
  covered: Covered,
  { places, signal }: { places: readonly Place[]; signal: AbortSignal },
): Promise<void> {
  const waiting = [...places];
  let budget = BUDGET;
  const work = async (): Promise<void> => {
    for (let place = waiting.shift(); place !== undefined && budget > 0 && !signal.aborted; place = waiting.shift()) {
      budget -= 1;
      try {
        budget -= await lookThrough(parts, covered, place);
      } catch (thrown) {
        const error = asJourneymanError(thrown);
        parts.log.warn({ repository: `${place.owner}/${place.name}`, code: error.code, error }, "unheard.failed");
        if (error.code === "github_limited") budget = 0;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

const repositoryIds = (rows: readonly RunRow[]): ReadonlySet<number> =>
  new Set(rows.map(({ subject }) => subject.repositoryId));

/**
 * Lists the repositories, each with the time from which on it is looked through. One that was not among those of its installation the last
 * time was added since: what was said there before was said to others.
 */
function makeListing({ issues, clock, log }: UnheardParts): () => Promise<readonly Place[]> {
  const seenFrom = new Map<number, number>();
  const listedAt = new Map<number, number>();

  const placesOf = async (installation: Installation): Promise<readonly Place[]> => {
    // GitHub's times have whole seconds.
    const now = Math.floor(clock.now() / 1_000) * 1_000;
    const places = await issues.places(installation);
    const from = listedAt.get(installation.id) ?? 0;
    for (const { repositoryId } of places) if (!seenFrom.has(repositoryId)) seenFrom.set(repositoryId, from);
    listedAt.set(installation.id, now);
    return places.map((place) => ({
      ...place,
      installedAt: Math.max(place.installedAt, seenFrom.get(place.repositoryId) ?? 0),
    }));
  };

  return async () => {
    const places: Place[] = [];
    for (const installation of await issues.installations()) {
      try {
        places.push(...(await placesOf(installation)));
      } catch (thrown) {
        const error = asJourneymanError(thrown);
        log.warn({ installation: installation.id, code: error.code, error }, "unheard.failed");
      }
    }
    return places;
  };
}

/**
 * Since when the journal knows what was done, in milliseconds since 1970. One that was begun anew knows nothing of what an earlier one did:
 * everything that people asked for in these days would be done once more.
 */
async function knownFrom({ journal }: UnheardParts, begunAt: number): Promise<number> {
  const oldest = await journal.remembersFrom();
  return Math.min(begunAt, oldest === null ? begunAt : Date.parse(oldest)) - GRACE_MS;
}

export function makeUnheard(parts: UnheardParts): (signal: AbortSignal) => Promise<void> {
  const covered: Covered = new Map();
  const begunAt = parts.clock.now();
  const listing = makeListing(parts);
  return async (signal) => {
    const live = repositoryIds(await parts.journal.runs({ live: true, limit: LIVE_LIMIT }));
    const from = await knownFrom(parts, begunAt);
    const known = (await listing()).map((place) => ({ ...place, installedAt: Math.max(place.installedAt, from) }));
    const places = inTurn(known, live, covered);
    const byInstallation = Map.groupBy(places, ({ installationId }) => installationId);
    await Promise.all([...byInstallation.values()].map((ofOne) => lookInto(parts, covered, { places: ofOne, signal })));
  };
}
