import { JourneymanError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import { supersedeKey } from "../core/next.ts";
import type { Superseded } from "../core/state.ts";
import type { Claim } from "../ports/journal.ts";
import { foundFork, type Wanted } from "./fork.ts";
import { assertLease, type RunLog } from "./run-log.ts";
import type { World } from "./world.ts";

const wantedBy = ({ run, at, from, model, budgetMicroUsd, by }: Superseded, claim: Claim): Wanted => ({
  run,
  origin: claim.run,
  claim,
  at,
  from,
  model,
  budgetMicroUsd,
  by,
  publish: true,
  settings: null,
  prompts: {},
  takesOver: true,
});

/**
 * Founds the run as which this one goes on, then ends this one. The fact that wanted it fixed its id, so a crash in between is settled by
 * doing the same again, and a worker that was frozen and lost the origin founds nothing. Somebody who began another run meanwhile keeps the issue: then nothing is founded.
 */
export async function supersede(world: World, log: RunLog, superseded: Superseded): Promise<void> {
  await assertLease(world, log);
  world.failpoint("fork.before");
  const forked = await foundFork(world, wantedBy(superseded, log.claim));
  world.failpoint("fork.after");
  if (forked.kind === "fenced") throw new JourneymanError("lease_lost");
  if (forked.kind === "missing")
    throw new JourneymanError("internal", { reason: "a run without the facts it is forked at" });
  const { run, command, from } = superseded;
  const key = supersedeKey({ command });
  const remoteId = forked.kind === "forked" ? run : "";
  const ends = forked.kind === "forked" && log.state().outcome === null;
  const end: RunEvent = { type: "run.finished", outcome: "superseded", code: null, details: { run, from: from ?? "" } };
  await log.append([{ type: "effect.done", key, kind: "fork", remoteId, url: "" }, ...(ends ? [end] : [])]);
}
