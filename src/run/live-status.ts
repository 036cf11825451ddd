import { statusComment } from "../views/status-comment.ts";
import { statusMarker } from "../views/owed.ts";
import type { RunLog } from "./run-log.ts";
import type { World } from "./world.ts";

/**
 * Keeps the status comment near the truth while a stage runs: at most one edit in `statusMs`, best effort, never awaited.
 * The state a run comes to rest in is not left to this: it is owed (`views/owed.ts`).
 */
export function liveStatus(world: World, log: RunLog): () => void {
  let last = "";
  let lastAt = 0;
  let busy = false;
  return () => {
    const state = log.state();
    const posted = state.effects["status"];
    const now = world.clock.now();
    if (busy || !posted || state.subject === null || now - lastAt < world.timings.statusMs) return;
    const body = statusComment(state, world.view);
    if (body === last) return;
    busy = true;
    lastAt = now;
    last = body;
    world.forge
      .editComment(state.subject, Number(posted.remoteId), { marker: statusMarker(state), body })
      .catch(() => world.log.warn({ run: state.run }, "status.edit_failed"))
      .finally(() => {
        busy = false;
      });
  };
}
