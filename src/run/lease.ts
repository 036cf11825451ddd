import type { Claim } from "../ports/journal.ts";
import type { World } from "./world.ts";

export interface HeldLease {
  /** Fires when another worker has taken the run. */
  readonly signal: AbortSignal;
  stop(): Promise<void>;
}

/** Renews the lease three times per period. A renewal that fails for another reason is tried again: only a taken epoch ends the work. */
export function holdLease(world: World, claim: Claim): HeldLease {
  const lost = new AbortController();
  const over = new AbortController();
  const { leaseMs } = world.timings;

  const loop = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await world.clock.sleep(leaseMs / 3, over.signal);
      if (over.signal.aborted) return;
      const held = await world.journal
        .renew(claim, { holder: world.worker, leaseMs, now: world.clock.now() })
        .catch(() => true);
      if (!held) return lost.abort();
    }
  };

  const done = loop();
  return {
    signal: lost.signal,
    stop: () => {
      over.abort();
      return done;
    },
  };
}
