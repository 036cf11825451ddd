import { asJourneymanError } from "../core/errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Attempt, Deliveries } from "../ports/deliveries.ts";
import type { Log } from "../run/world.ts";

/*
 * Asks GitHub again for deliveries that did not get through: it does not do so by itself. Invariants: (1) what succeeded once is not asked for
 * again; (2) nothing is kept but in memory, because the record is GitHub's: a process that starts reads it from three days ago; (3) several
 * processes may do this side by side: the journal takes each delivery in once, whatever it comes by.
 */

/** GitHub keeps its record for so long, in milliseconds. */
export const HORIZON_MS = 72 * 3_600_000;
/** An attempt is listed when it has ended, which may be some time after it began, in milliseconds. */
const OVERLAP_MS = 120_000;
/** Rounds to wait after the first, second, … attempt before the next is asked for; then a person must look. */
const PAUSES = [0, 2, 6, 24, 96] as const;
/** Most that are asked for in one round: GitHub wants few writes at once. */
const AT_ONCE = 200;

/** What is known of one event. */
interface Event {
  readonly attempts: Set<number>;
  /** Of the newest attempt. */
  id: number;
  firstAt: number;
  lastAt: number;
  ok: boolean;
  /** How often another attempt was asked for here, and when last. */
  asked: number;
}

export interface RedeliveryParts {
  readonly deliveries: Deliveries;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  /** Time between rounds, in milliseconds. */
  readonly everyMs: number;
}

function note(events: Map<string, Event>, { id, guid, at, ok }: Attempt): void {
  const event = events.get(guid) ?? { attempts: new Set(), id, firstAt: at, lastAt: at, ok: false, asked: 0 };
  event.attempts.add(id);
  if (at >= event.lastAt) event.id = id;
  event.firstAt = Math.min(event.firstAt, at);
  event.lastAt = Math.max(event.lastAt, at);
  event.ok ||= ok;
  events.set(guid, event);
}

const triesOf = ({ attempts, asked }: Event): number => Math.max(attempts.size - 1, asked);

function isDue(event: Event, now: number, everyMs: number): boolean {
  const pause = PAUSES[triesOf(event)];
  return !event.ok && pause !== undefined && now - event.lastAt >= pause * everyMs;
}

/** One round after the other; each reads what came since the one before. */
export function makeRedelivery({ deliveries, clock, log, everyMs }: RedeliveryParts): () => Promise<void> {
  const events = new Map<string, Event>();
  let covered = 0;

  const read = async (now: number): Promise<void> => {
    const attempts = await deliveries.attempts(Math.max(now - HORIZON_MS, covered - OVERLAP_MS));
    for (const attempt of attempts) if (attempt.matters) note(events, attempt);
    covered = Math.max(covered, ...attempts.slice(0, 1).map(({ at }) => at));
    for (const [guid, { lastAt }] of events) if (lastAt < now - HORIZON_MS) events.delete(guid);
  };

  const ask = async (guid: string, event: Event, now: number): Promise<void> => {
    event.asked = triesOf(event) + 1;
    event.lastAt = now;
    try {
      await deliveries.redeliver(event.id);
      log.info({ delivery: guid, attempt: event.asked }, "delivery.asked_again");
    } catch (thrown) {
      const error = asJourneymanError(thrown);
      if (error.class !== "terminal") throw error;
      log.warn({ delivery: guid, code: error.code }, "delivery.lost");
    }
  };

  return async () => {
    const now = clock.now();
    await read(now);
    const due = [...events].filter(([, event]) => isDue(event, now, everyMs));
    due.sort(([, a], [, b]) => a.firstAt - b.firstAt || Math.min(...a.attempts) - Math.min(...b.attempts));
    for (const [guid, event] of due.slice(0, AT_ONCE)) await ask(guid, event, now);
  };
}
