import { decide } from "../core/decide.ts";
import { evolve } from "../core/evolve.ts";
import { isSilent } from "../core/fork.ts";
import type { RunId } from "../core/ids.ts";
import type { EventOf, RunEvent } from "../core/events.ts";
import { shortDigest } from "../core/plan.ts";
import type { RunState } from "../core/state.ts";
import { openRunLog } from "./run-log.ts";
import type { World } from "./world.ts";

/*
 * What somebody at this server's terminal says to a fork that shows nothing to GitHub: nobody can say it there. Decided by the same rules
 * as a comment, with nothing to look up: whoever can run this program holds every credential of the server.
 */

/** A command, and by whom. */
export interface Said {
  readonly command: EventOf<"command.received">["command"];
  readonly by: EventOf<"command.received">["actor"];
}

const answerTo = (state: RunState, received: RunEvent, at: string): readonly RunEvent[] => {
  const pending = evolve(state, { at, event: received }).commands.at(-1);
  const digest = state.intake?.issueDigest;
  if (pending === undefined || digest === undefined) return [];
  return decide(state, pending, {
    permission: "admin",
    comment: null,
    issue: { digest, state: "open", locked: false },
    planIntact: true,
    modelKnown: true,
    newRun: null,
  });
};

/** What somebody at the terminal is willing to say. */
export interface Willing {
  /** Approve whatever plan it makes. */
  readonly approve: boolean;
  /** Said to the first question that it asks. */
  readonly answer: string | null;
}

/** What is said to an open plan or question; null when nothing is to be said. */
export function silentCommand(state: RunState, waitsFor: "approval" | "answer", told: Willing): Said["command"] | null {
  if (!isSilent(state)) return null;
  if (waitsFor === "answer") return told.answer === null ? null : { name: "answer", text: told.answer };
  if (!told.approve || state.plan === null) return null;
  return { name: "approve", digest: shortDigest(state.plan.digest), budgetUsd: null, model: null };
}

/** False when the run is held by somebody else, or is not such a fork. Throws `lease_lost`, `storage_unavailable`. */
export async function decideSilent(world: World, run: RunId, said: Said): Promise<boolean> {
  const { journal, clock, worker, timings } = world;
  const claim = await journal.claim(run, { holder: worker, leaseMs: timings.leaseMs, now: clock.now() });
  if (claim === null) return false;
  const log = await openRunLog(world, claim);
  try {
    if (!isSilent(log.state())) return false;
    const { command, by: actor } = said;
    const deliveryId = `terminal-${clock.newRunId()}`;
    const received: RunEvent = { type: "command.received", command, actor, deliveryId, comment: null };
    const answer = answerTo(log.state(), received, new Date(clock.now()).toISOString());
    return await log.append([received, ...answer], { ifUnchanged: true });
  } finally {
    await journal.release(claim, log.next());
  }
}
