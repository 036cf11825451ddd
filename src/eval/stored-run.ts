import { basename } from "node:path";
import type { StoredEvent } from "../core/events.ts";
import { readExport, storedTurns, type StoredTurn } from "./stored-requests.ts";
import { evalsInvalid } from "./yaml-file.ts";

/** A run whose turns can be asked anew. */
export interface StoredRun {
  readonly name: string;
  readonly turns: readonly StoredTurn[];
}

export const storedRun = (name: string, facts: readonly StoredEvent[]): StoredRun => ({
  name,
  turns: storedTurns(facts.map(({ event }) => event)),
});

/** From the file that a run was exported to. @throws evals_invalid */
export async function exportedRun(path: string): Promise<StoredRun> {
  const read = await readExport(path, path);
  if (!read.ok) throw evalsInvalid(read.faults);
  return storedRun(basename(path).replace(/\.jsonl(\.gz)?$/, ""), read.value);
}
