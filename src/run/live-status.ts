import { truncateMarkdown } from "../core/text/defuse.ts";
import type { RunState } from "../core/state.ts";
import { statusComment } from "../views/status-comment.ts";
import { statusMarker } from "../views/owed.ts";
import type { RunLog } from "./run-log.ts";
import type { World } from "./world.ts";

export interface LiveStatus {
  /** Edits the comment if it is time to; never waits, never throws. */
  touch(): void;
  /** Resolves when no edit is under way: a late one must not overtake what is shown afterwards. */
  settled(): Promise<void>;
}

/**
 * Keeps the status comment near the truth while a stage runs: at most one edit in `statusMs`, best effort.
 * The state a run comes to rest in is not left to this: it is owed (`views/owed.ts`).
 */
export function liveStatus(world: World, log: RunLog): LiveStatus {
  let last = "";
  let lastAt = 0;
  let underWay: Promise<void> | null = null;

  const edit = async (state: RunState, id: number, body: string): Promise<void> => {
    if (state.subject === null) return;
    await world.forge
      .editComment(state.subject, id, { marker: statusMarker(state), body })
      .catch(() => world.log.warn({ run: state.run }, "status.edit_failed"));
    underWay = null;
  };

  const touch = (): void => {
    const state = log.state();
    const posted = state.effects["status"];
    const now = world.clock.now();
    if (underWay !== null || !posted || now - lastAt < world.timings.statusMs) return;
    const body = truncateMarkdown(statusComment(state, world.view));
    if (body === last) return;
    last = body;
    lastAt = now;
    underWay = edit(state, Number(posted.remoteId), body);
  };

  return { touch, settled: async () => void (await underWay) };
}
