import type { StoredEvent } from "../core/events.ts";
import type { RunId } from "../core/ids.ts";
import type { Artifacts } from "../ports/journal.ts";

/** A run with all that it refers to, wherever it lies: in this instance's stores or in an archive. */
export interface WholeRun {
  readonly run: RunId;
  readonly facts: readonly StoredEvent[];
  readonly artifacts: Pick<Artifacts, "get">;
}
