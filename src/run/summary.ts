import { isResting, next } from "../core/next.ts";
import { isSilent } from "../core/fork.ts";
import type { RunState } from "../core/state.ts";
import type { RunSummary } from "../ports/journal.ts";
import type { ViewOptions } from "../views/frame.ts";
import { owed } from "../views/owed.ts";
import { headline } from "../views/status-comment.ts";

/** What the journal keeps beside the facts. A run is due unless it rests and GitHub shows all that it should. */
export function summarise(state: RunState, now: string, view: ViewOptions): RunSummary {
  const step = next(state);
  const quiet = isResting(step) && owed(state, view).length === 0;
  const until = step.kind === "parked" ? step.until : null;
  return {
    status: headline(state),
    live: state.outcome === null && !isSilent(state),
    dueAt: quiet ? until : now,
    costMicroUsd: state.costMicroUsd,
  };
}
