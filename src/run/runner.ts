import { asJourneymanError } from "../core/errors.ts";
import type { RunId } from "../core/ids.ts";
import { endingOf, next } from "../core/next.ts";
import type { Claim } from "../ports/journal.ts";
import type { Handled } from "../ports/queue.ts";
import { consider } from "./consider.ts";
import { leaveDamaged } from "./damaged.ts";
import { supersede } from "./supersede.ts";
import { holdLease } from "./lease.ts";
import { project } from "./project.ts";
import { openRunLog, type RunLog } from "./run-log.ts";
import { type Driven, drivenRun, runStage, settleEnded } from "./stage-runner.ts";
import { clearEarlier } from "./takeover.ts";
import { backoff, type World } from "./world.ts";

/*
 * One wake of one run: load, fold, next, do, until there is nothing to do but wait. The only writer while it holds the claim.
 */

/** A busy run is looked at again after this, in milliseconds. */
const BUSY_MS = 1_000;
/** As if so many tries had failed: what cannot be mended by waiting is looked at as seldom as may be. */
const HOPELESS = 20;
/** Ends this wake if nothing came in meanwhile; null means: look again. */
async function rest(world: World, log: RunLog, until: string | null): Promise<Handled | null> {
  const now = world.clock.now();
  if (until !== null && Date.parse(until) <= now) {
    await log.append([{ type: "run.resumed", command: null }], { ifUnchanged: true });
    return null;
  }
  if (!(await world.journal.release(log.claim, log.next()))) {
    if (await log.sync()) return null;
    return { kind: "done" };
  }
  return until === null ? { kind: "done" } : { kind: "again", delayMs: Date.parse(until) - now };
}

/** Gives the run back for a while. What comes in meanwhile wakes it all the same. */
async function pause(world: World, log: RunLog, delayMs: number): Promise<Handled | null> {
  const dueAt = new Date(world.clock.now() + delayMs).toISOString();
  if (await world.journal.release(log.claim, log.next(), dueAt)) return { kind: "again", delayMs };
  return (await log.sync()) ? null : { kind: "done" };
}

async function advance(driven: Driven): Promise<Handled | null> {
  const { world, log, status } = driven;
  const first = next(log.state());
  // Nothing is shown in between: the run that goes on may own the issue already.
  if (first.kind === "supersede") {
    await supersede(world, log, first.superseded);
    return null;
  }
  await settleEnded(driven);
  if (await project(world, log, status)) return null;
  const step = next(log.state());
  switch (step.kind) {
    case "consider":
      await consider(world, log, step.command);
      return null;
    case "close":
    case "give_up":
      await log.append([endingOf(step)], { ifUnchanged: true });
      return null;
    case "stage": {
      const pauseMs = await runStage(driven, step);
      return pauseMs === 0 ? null : pause(world, log, pauseMs);
    }
    case "parked":
      return rest(world, log, step.until);
    default:
      return rest(world, log, null);
  }
}

/** How long to keep off after the world outside a stage failed (GitHub mostly), in milliseconds: nothing is lost meanwhile. */
function keepOff(world: World, run: RunId, thrown: unknown): number {
  const error = asJourneymanError(thrown);
  if (error.code === "lease_lost") return BUSY_MS;
  world.log.warn({ run, code: error.code, error: thrown }, "wake.failed");
  return backoff(world, error.class === "terminal" ? HOPELESS : 0, error.retryAfterMs);
}

/** The claim to a run, or what becomes of the wake without one: another has it, or the journal cannot be written. */
async function claimOf(world: World, run: RunId, now: number): Promise<Claim | Handled> {
  const { worker, timings, journal } = world;
  try {
    const claim = await journal.claim(run, { holder: worker, leaseMs: timings.leaseMs, now });
    if (claim !== null) return claim;
    return (await journal.head(run)) === 0 ? { kind: "done" } : { kind: "again", delayMs: BUSY_MS };
  } catch (thrown) {
    return { kind: "again", delayMs: keepOff(world, run, thrown) };
  }
}

/** Brings a run as far as it can go now. Throws nothing; a corrupt journal is logged and left alone. */
export async function drive(world: World, run: RunId, signal: AbortSignal): Promise<Handled> {
  const { journal, clock } = world;
  const since = clock.now();
  const claim = await claimOf(world, run, since);
  if ("kind" in claim) return claim;
  const lease = holdLease(world, claim, since);
  clearEarlier(world, claim);
  const forge = world.forge.leased?.(lease.assertHeld) ?? world.forge;
  const stopping = AbortSignal.any([signal, lease.signal]);
  let log: RunLog | null = null;
  let dueAt: string | undefined;
  try {
    log = await openRunLog(world, claim);
    const driven = drivenRun({ ...world, forge }, log, stopping);
    while (!stopping.aborted) {
      const handled = await advance(driven);
      if (handled !== null) return handled;
    }
    return { kind: "again", delayMs: 0 };
  } catch (thrown) {
    if (await leaveDamaged(world, { ...claim, next: log?.next() ?? claim.next }, thrown)) return { kind: "done" };
    const delayMs = keepOff(world, run, thrown);
    dueAt = new Date(clock.now() + delayMs).toISOString();
    return { kind: "again", delayMs };
  } finally {
    await lease.stop();
    const subject = log?.state().subject ?? null;
    if (subject !== null) await forge.revoke(subject).catch(() => {});
    await journal.release(claim, log?.next() ?? claim.next, dueAt).catch(() => false);
  }
}
