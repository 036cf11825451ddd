import { JourneymanError } from "../core/errors.ts";
import type { Claim } from "../ports/journal.ts";
import type { World } from "./world.ts";

export interface HeldLease {
  /** Fires when another worker has taken the run. */
  readonly signal: AbortSignal;
  /**
   * Throws `lease_lost` when the lease has run out by this process' own clock, taken or not: a process that was frozen knows nothing of what
   * happened meanwhile. Asks nobody, so nothing can come between it and what is done next.
   */
  assertHeld(): void;
  stop(): Promise<void>;
}

/**
 * Renews the lease, which was taken at `since` (milliseconds since 1970), three times per period. A renewal that fails for another reason is
 * tried again: only a taken epoch ends the work.
 */
export function holdLease(world: World, claim: Claim, since: number): HeldLease {
  const lost = new AbortController();
  const over = new AbortController();
  const { leaseMs } = world.timings;
  let heldUntil = since + leaseMs;

  const loop = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await world.clock.sleep(leaseMs / 3, over.signal);
      if (over.signal.aborted) return;
      const now = world.clock.now();
      const held = await world.journal.renew(claim, { holder: world.worker, leaseMs, now }).catch(() => null);
      if (held === false) return lost.abort();
      if (held === true) heldUntil = now + leaseMs;
    }
  };

  const done = loop();
  return {
    signal: lost.signal,
    assertHeld: () => {
      if (lost.signal.aborted || world.clock.now() >= heldUntil) throw new JourneymanError("lease_lost");
    },
    stop: () => {
      over.abort();
      return done;
    },
  };
}
