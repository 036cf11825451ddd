import { evolve, fold } from "../core/evolve.ts";
import type { RunForked } from "../core/fork.ts";
import { forkFacts } from "../core/fork-facts.ts";
import type { RunId } from "../core/ids.ts";
import type { Claim, Forked } from "../ports/journal.ts";
import { summarise } from "./summary.ts";
import type { World } from "./world.ts";

/*
 * A run that begins with the facts of another. The journal founds it once per id, so whoever was killed in between does it again.
 */

type Founding = Pick<World, "journal" | "clock" | "redact" | "view">;

export interface Wanted extends RunForked {
  readonly run: RunId;
  /** Whether it takes the issue over from its origin, if that owns it. */
  readonly takesOver: boolean;
  /** Under which the origin founds it, where the origin itself goes on as it. */
  readonly claim?: Claim;
}

/** Founds the fork. Throws `journal_corrupt`, `storage_unavailable`. */
export async function foundFork(world: Founding, { run, takesOver, claim, ...forked }: Wanted): Promise<Forked> {
  const { journal, clock, redact, view } = world;
  const { origin, at, publish } = forked;
  const facts = (await journal.load(origin)).slice(0, at + 1);
  const before = fold(run, facts);
  const time = new Date(clock.now()).toISOString();
  const events = forkFacts(before, forked).map(redact);
  const after = events.reduce((state, event) => evolve(state, { at: time, event }), before);
  const summary = summarise(after, time, view);
  const entry = { run, origin, at, events, time, summary, silent: !publish, takesOver };
  return journal.fork({ ...entry, ...(claim !== undefined && { claim }) });
}
