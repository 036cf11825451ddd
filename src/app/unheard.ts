import { asJourneymanError } from "../core/errors.ts";
import type { Found, Issues, Place } from "../ports/deliveries.ts";
import type { Journal, RunRow } from "../ports/journal.ts";
import type { Log } from "../run/world.ts";
import { HORIZON_MS } from "./redelivery.ts";
import { type Intake, takeIn } from "./take-in.ts";

/*
 * Looks through the issues for commands that never arrived, of which GitHub has no record either. What is found is taken in under the name of
 * its delivery. Invariants: (1) nothing is skipped: how far a repository was looked through moves only over what was taken in; (2) nothing
 * older than the journal remembers deliveries is taken in, nor what was said before the App was installed; (3) an installation with more
 * repositories than one round allows is gone through in turns, those with a live run first; one that fails or is slow keeps no other waiting.
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
  readonly journal: Pick<Journal, "receive" | "isKnown" | "runs">;
  readonly log: Log;
  /** Time between rounds, in milliseconds. */
  readonly everyMs: number;
  /** For how long the journal remembers deliveries, in milliseconds. */
  readonly memoryMs: number;
}

/** Milliseconds since 1970 up to which each repository was looked through. */
type Covered = Map<number, number>;

async function hear(parts: UnheardParts, { intent, keys }: Found): Promise<void> {
  if (await parts.journal.isKnown(keys)) return;
  const receipt = await takeIn(parts, intent, keys);
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
    covered.set(place.repositoryId, Math.max(since, Math.min(looked.until, now - graceMs)));
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

export function makeUnheard(parts: UnheardParts): (signal: AbortSignal) => Promise<void> {
  const covered: Covered = new Map();
  return async (signal) => {
    const live = repositoryIds(await parts.journal.runs({ live: true, limit: LIVE_LIMIT }));
    const places = inTurn(await parts.issues.places(), live, covered);
    const byInstallation = Map.groupBy(places, ({ installationId }) => installationId);
    await Promise.all([...byInstallation.values()].map((ofOne) => lookInto(parts, covered, { places: ofOne, signal })));
  };
}
