import { readdir, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { RunId } from "../core/ids.ts";
import type { Journal } from "../ports/journal.ts";
import { exportPath } from "./export.ts";
import { sealExport } from "./export-seal.ts";

/** A text nobody has written to for so long is not about to be sealed by whoever drives its run, in milliseconds. */
const LEFT_MS = 3_600_000;

const FILE = /^([0-9a-z]{26})\.jsonl(\.gz)?(\.[0-9a-f-]{36}\.tmp)?$/;

export interface Swept {
  readonly removed: number;
  readonly sealed: number;
}

interface Times {
  /** Files of runs that were over before go, in milliseconds since 1970. */
  readonly before: number;
  readonly now: number;
}

type Fate = "stays" | "goes" | "is sealed";

interface Place {
  readonly directory: string;
  readonly day: string;
  readonly name: string;
}

/** A file that was written to lately is not looked up: its run is at work, or just over. */
async function fateOf(journal: Journal, { directory, day, name }: Place, { before, now }: Times): Promise<Fate> {
  const [, id, gz, temporary] = FILE.exec(name) ?? [];
  const run = RunId.safeParse(id);
  const { mtimeMs } = await stat(join(directory, day, name));
  if (!run.success || mtimeMs > now - LEFT_MS) return "stays";
  if (temporary !== undefined) return "goes";
  const row = await journal.find(run.data);
  if (row === null) return mtimeMs < before ? "goes" : "stays";
  const isOver = !row.live && row.dueAt === null;
  if (!isOver) return "stays";
  if (mtimeMs < before && Date.parse(row.updatedAt) < before) return "goes";
  return gz === undefined ? "is sealed" : "stays";
}

async function sweepFile(journal: Journal, place: Place, times: Times): Promise<Fate> {
  const { directory, day, name } = place;
  const fate = await fateOf(journal, place, times);
  if (fate === "goes") await rm(join(directory, day, name), { force: true });
  if (fate === "is sealed") {
    const run = RunId.parse(name.slice(0, 26));
    await sealExport(journal, exportPath(directory, run), run);
  }
  return fate;
}

const namesIn = (folder: string): Promise<string[]> =>
  readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });

/**
 * Removes exported files of runs that were over before `before` or are no longer in the journal, and seals those that a crash left open.
 * Files that are not exports stay. Any number of processes may do it at once.
 */
export async function sweepExports(journal: Journal, directory: string, times: Times): Promise<Swept> {
  let removed = 0;
  let sealed = 0;
  for (const day of (await namesIn(directory)).filter((name) => /^\d{4}-\d{2}-\d{2}$/.test(name))) {
    for (const name of await namesIn(join(directory, day))) {
      // Another process may have been faster.
      const fate = await sweepFile(journal, { directory, day, name }, times).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
      });
      if (fate === "goes") removed += 1;
      if (fate === "is sealed") sealed += 1;
    }
    // Only an empty one goes.
    await rmdir(join(directory, day)).catch(() => {});
  }
  return { removed, sealed };
}
