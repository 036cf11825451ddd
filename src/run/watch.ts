import { next } from "../core/next.ts";
import { consider } from "./consider.ts";
import type { LiveStatus } from "./live-status.ts";
import { projectAnswers } from "./project.ts";
import type { RunLog } from "./run-log.ts";
import type { World } from "./world.ts";

export interface Watch {
  /** Fires when the stage should stop: the run was ended, or another step is due now. */
  readonly signal: AbortSignal;
  stop(): Promise<void>;
}

/** After a look-up that failed, commands are left alone for so long, in milliseconds. */
const PAUSE_MS = 5_000;

/**
 * While a stage works: looks for commands that arrived, has them considered and answered, keeps the status comment near the truth, and
 * stops the stage when the run was ended. Nothing that fails here disturbs the stage; it is tried again after a pause.
 */
export function watch(world: World, log: RunLog, status: LiveStatus): Watch {
  const ended = new AbortController();
  const over = new AbortController();
  let quietUntil = 0;

  const listen = async (): Promise<void> => {
    for (let step = next(log.state()); step.kind === "consider" && !over.signal.aborted; step = next(log.state()))
      await consider(world, log, step.command);
    if (next(log.state()).kind !== "stage") return ended.abort();
    await projectAnswers(world, log);
  };

  const round = async (): Promise<void> => {
    if ((await world.journal.head(log.claim.run)) > log.next() && (await log.sync())) quietUntil = 0;
    if (world.clock.now() >= quietUntil)
      await listen().catch((error: unknown) => {
        quietUntil = world.clock.now() + PAUSE_MS;
        world.log.warn({ run: log.claim.run, error }, "watch.failed");
      });
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
    stop: () => {
      over.abort();
      return done;
    },
  };
}
