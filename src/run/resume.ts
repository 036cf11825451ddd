import type { ErrorCode } from "../core/errors.ts";
import { fold } from "../core/evolve.ts";
import type { RunId } from "../core/ids.ts";
import { openRunLog } from "./run-log.ts";
import type { World } from "./world.ts";

/** Lets a run go on that is parked for this cause. False when it is not, or somebody works on it just now. Throws as `RunLog.append`. */
export async function resumeParked(world: World, run: RunId, code: ErrorCode): Promise<boolean> {
  const { journal, clock, worker, timings } = world;
  if (fold(run, await journal.load(run)).parked?.code !== code) return false;
  const claim = await journal.claim(run, { holder: worker, leaseMs: timings.leaseMs, now: clock.now() });
  if (claim === null) return false;
  let next = claim.next;
  try {
    const log = await openRunLog(world, claim);
    if (log.state().parked?.code !== code) return false;
    const resumed = await log.append([{ type: "run.resumed", command: null }], { ifUnchanged: true });
    next = log.next();
    return resumed;
  } finally {
    await journal.release(claim, next);
  }
}
