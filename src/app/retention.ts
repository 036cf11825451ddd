import { join } from "node:path";
import { sweepExports } from "../journal/export-sweep.ts";
import type { World } from "../run/world.ts";
import type { Round } from "./rounds.ts";

/*
 * What is no longer wanted: journals and exported files of runs that are over for longer than RETENTION_DAYS, and artifacts that nothing
 * refers to. Every worker sweeps; all of it can be done twice and by several at once.
 */

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** After a start runs come first. */
const FIRST_MS = 60_000;
const EVERY_MS = 6 * HOUR_MS;

/** Runs that are removed in one transaction. */
const AT_ONCE = 100;

/** An artifact is put before the fact that names it: so long nothing is collected, whatever refers to it. */
const MARGIN_MS = DAY_MS;

export type Store = Pick<World, "journal" | "artifacts" | "clock">;

export interface Retention {
  readonly days: number;
  readonly dataDir: string;
}

export interface Swept {
  readonly runs: number;
  readonly files: number;
  readonly sealed: number;
  readonly artifacts: number;
}

async function pruneAll({ journal }: Store, before: string): Promise<number> {
  let count = 0;
  for (;;) {
    const runs = await journal.prune(before, AT_ONCE);
    count += runs.length;
    if (runs.length < AT_ONCE) return count;
  }
}

/** One sweep. Files come after the journal and artifacts last, so that what is cut short leaves nothing that misses its other half. */
export async function sweepOld(store: Store, { days, dataDir }: Retention): Promise<Swept> {
  const now = store.clock.now();
  const before = now - days * DAY_MS;
  const runs = await pruneAll(store, new Date(before).toISOString());
  const { removed, sealed } = await sweepExports(store.journal, join(dataDir, "runs"), { before, now });
  const artifacts = await store.artifacts.collect(await store.journal.referred(), now - MARGIN_MS);
  return { runs, files: removed, sealed, artifacts };
}

/** Sweeps a minute after the start and every six hours. */
export function retentionRound(world: World, retention: Retention): Round {
  let waitMs = FIRST_MS;
  return {
    name: "retention",
    everyMs: EVERY_MS,
    work: async (signal) => {
      await world.clock.sleep(waitMs, signal);
      waitMs = 0;
      if (!signal.aborted) world.log.info({ ...(await sweepOld(world, retention)) }, "retention.swept");
    },
  };
}
