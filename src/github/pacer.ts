import { JourneymanError } from "../core/errors.ts";
import type { Clock } from "../ports/clock.ts";

/*
 * How fast this process writes to GitHub, by installation. github.com asks for no more than so many new things in a minute and an hour, and
 * for a pause between two of them; whoever goes on after a refusal is kept out for longer.
 * 1. What creates something waits for its turn: a moment in the process, a longer wait as `github_limited`, which puts the run off.
 * 2. A refusal closes the installation for writing until the time that GitHub named.
 * 3. An edit takes nobody's turn and is the first to be left out: its caller drops what is refused here.
 */

/** What GitHub takes. An Enterprise Server limits nobody unless its administrator says so. */
export interface Pace {
  /** Least time between two creations that people see, in milliseconds. */
  readonly gapMs: number;
  readonly perMinute: number;
  readonly perHour: number;
}

export const GITHUB_PACE: Pace = { gapMs: 1_000, perMinute: 80, perHour: 500 };

/** `seen`: people see what is created, or are notified of it. `stored`: objects that nobody sees yet. `edited`: something that was there. */
export type Write = "seen" | "stored" | "edited";

export interface Pacer {
  /** Resolves when the write may be sent. Throws `github_limited` when that is not soon. */
  turn(installation: number, write: Write): Promise<void>;
  /** GitHub refused, and asked for so many milliseconds of silence. */
  refused(installation: number, waitMs: number): void;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** A wait up to this is sat out. */
const PATIENCE_MS = 5_000;

interface Lane {
  /** When things were or will be created, oldest first; none is older than an hour. */
  created: readonly number[];
  lastSeen: number;
  closedUntil: number;
}

/** When the newest of `most` in such a span leaves it, so that there is room for another. */
function roomAt(created: readonly number[], most: number, spanMs: number): number {
  const oldest = created.at(-most);
  return oldest === undefined ? 0 : oldest + spanMs;
}

function dueAt(lane: Lane, write: Write, pace: Pace | null): number {
  if (write === "edited" || pace === null) return lane.closedUntil;
  const { created, lastSeen } = lane;
  return Math.max(
    lane.closedUntil,
    write === "seen" ? lastSeen + pace.gapMs : 0,
    roomAt(created, pace.perMinute, MINUTE_MS),
    roomAt(created, pace.perHour, HOUR_MS),
  );
}

/** `pace` null sets no pace of our own; a refusal is heeded all the same. */
export function makePacer(clock: Pick<Clock, "now" | "sleep">, pace: Pace | null): Pacer {
  const lanes = new Map<number, Lane>();
  const laneOf = (installation: number): Lane => {
    const known = lanes.get(installation);
    if (known !== undefined) return known;
    const fresh: Lane = { created: [], lastSeen: -Infinity, closedUntil: 0 };
    lanes.set(installation, fresh);
    return fresh;
  };
  return {
    async turn(installation, write) {
      const lane = laneOf(installation);
      const now = clock.now();
      const at = Math.max(now, dueAt(lane, write, pace));
      const waitMs = at - now;
      if (waitMs > PATIENCE_MS) {
        const until = new Date(at).toISOString();
        throw new JourneymanError("github_limited", { until }, { retryAfterMs: waitMs });
      }
      // The place is taken before the wait: whoever comes meanwhile stands behind it.
      if (write !== "edited" && pace !== null) {
        lane.created = [...lane.created.filter((time) => now - time < HOUR_MS), at].toSorted((a, b) => a - b);
        if (write === "seen") lane.lastSeen = at;
      }
      if (waitMs > 0) await clock.sleep(waitMs);
    },
    refused(installation, waitMs) {
      const lane = laneOf(installation);
      lane.closedUntil = Math.max(lane.closedUntil, clock.now() + waitMs);
    },
  };
}
