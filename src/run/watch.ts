import { next } from "../core/next.ts";
import { consider } from "./consider.ts";
import { liveStatus } from "./live-status.ts";
import type { RunLog } from "./run-log.ts";
import type { World } from "./world.ts";

export interface Watch {
  /** Fires when the stage should stop: the run was ended, or another step is due now. */
  readonly signal: AbortSignal;
  stop(): Promise<void>;
}

/**
 * While a stage works, looks for commands that arrived, has them considered, and stops the stage when they ended the run.
 * A failing look-up is tried again at the next round: the stage is not disturbed by it.
 */
export function watch(world: World, log: RunLog): Watch {
  const ended = new AbortController();
  const over = new AbortController();
  const status = liveStatus(world, log);

  const round = async (): Promise<void> => {
    if ((await world.journal.head(log.claim.run)) > log.next()) await log.sync();
    for (let step = next(log.state()); step.kind === "consider" && !over.signal.aborted; step = next(log.state()))
      await consider(world, log, step.command);
    if (next(log.state()).kind !== "stage") ended.abort();
    status.touch();
  };

  const loop = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await round().catch((error: unknown) => world.log.warn({ run: log.claim.run, error }, "watch.failed"));
      await world.clock.sleep(world.timings.watchMs, over.signal);
    }
  };

  const done = loop();
  return {
    signal: ended.signal,
    stop: async () => {
      over.abort();
      await done;
      await status.settled();
    },
  };
}
