import { mkdir, open, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isWholeLine } from "./fact-line.ts";
import { beganAt, type RunId } from "../core/ids.ts";
import type { Journal } from "../ports/journal.ts";
import { exportLines, sealExport } from "./export-seal.ts";

/*
 * Every run also as a text file, one fact a line, for people and for tools: `<directory>/YYYY-MM-DD/<run>.jsonl`; compressed, with `.gz` at
 * the end, once the run is over (export-seal.ts).
 * The journal is the truth and the file follows it:
 * 1. A line is a function of its fact, and stands where the lines before it end. Two processes that write the same fact write the same
 *    bytes to the same place, so they need no lock.
 * 2. What a crash tore off or left out is written by the next append to the run, by whichever process.
 * 3. A file that cannot be written never stops or delays an append.
 */

/** The UTC day a run began on, from the time in its id. */
const dayOf = (run: RunId): string => new Date(beganAt(run)).toISOString().slice(0, 10);

/** Where a run's facts are written while it is not over. When there are both forms this one counts. */
export const exportPath = (directory: string, run: RunId): string => join(directory, dayOf(run), `${run}.jsonl`);

/** Facts of so long are written in one go, in milliseconds: a turn of a model is a handful of them. */
const GATHER_MS = 200;

/** Of how many files the end is remembered. A forgotten one is read again, nothing worse. */
const MAX_MARKS = 1000;

/** A file's good part: its length in bytes, and the facts it holds. */
interface Mark {
  readonly bytes: number;
  readonly facts: number;
}

/** How far whole lines with the right index go. */
function goodPart(text: string): Mark {
  const lines = text.split("\n").slice(0, -1);
  let bytes = 0;
  for (const [index, line] of lines.entries()) {
    if (!isWholeLine(line, index)) return { bytes, facts: index };
    bytes += Buffer.byteLength(line) + 1;
  }
  return { bytes, facts: lines.length };
}

async function openOrCreate(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // Neither "a", which cannot write in the middle, nor "w+", which empties the file: create it first, then open it as it is.
  await (await open(path, "a", 0o600)).close();
  return open(path, "r+");
}

interface Export {
  readonly run: RunId;
  readonly file: FileHandle;
  /** Where this process left the file; used when nobody has touched it since. */
  readonly known: Mark | undefined;
}

/** Brings one file up to the journal. */
async function catchUp(journal: Journal, { run, file, known }: Export): Promise<Mark> {
  const { size } = await file.stat();
  const mark = known?.bytes === size ? known : goodPart(await file.readFile("utf8"));
  if (mark.bytes < size) await file.truncate(mark.bytes);
  const facts = await journal.load(run, mark.facts);
  const lines = exportLines(facts);
  for (let done = 0; done < lines.byteLength;) {
    const { bytesWritten } = await file.write(lines, done, lines.byteLength - done, mark.bytes + done);
    done += bytesWritten;
  }
  return { bytes: mark.bytes + lines.byteLength, facts: mark.facts + facts.length };
}

/**
 * The journal, with every run's facts also written to a file under `directory`. Files are written behind the appends; `close` waits for
 * them. `failed` is told of a file that could not be written.
 */
export function withExport(
  journal: Journal,
  directory: string,
  failed: (run: RunId, error: unknown) => void = () => {},
): Journal {
  const marks = new Map<RunId, Mark>();
  const stale = new Set<RunId>();
  /** Runs that were over with nothing owed when they were last written. */
  const over = new Set<RunId>();
  const closing = new AbortController();
  let busy: Promise<void> | null = null;

  const write = async (run: RunId): Promise<void> => {
    const file = await openOrCreate(exportPath(directory, run));
    try {
      if (marks.size >= MAX_MARKS) marks.clear();
      marks.set(run, await catchUp(journal, { run, file, known: marks.get(run) }));
    } finally {
      await file.close();
    }
  };
  const writeOrSeal = async (run: RunId): Promise<void> => {
    if (!over.delete(run)) return write(run);
    marks.delete(run);
    await sealExport(journal, exportPath(directory, run), run);
  };
  const writeUntilFresh = async (): Promise<void> => {
    while (stale.size > 0) {
      await sleep(GATHER_MS, undefined, { signal: closing.signal }).catch(() => {});
      const runs = [...stale];
      stale.clear();
      for (const run of runs) await writeOrSeal(run).catch((error: unknown) => failed(run, error));
    }
    busy = null;
  };
  const follow = (run: RunId, isOver: boolean): void => {
    stale.add(run);
    if (isOver) over.add(run);
    else over.delete(run);
    busy ??= writeUntilFresh();
  };

  return {
    ...journal,
    async receive(keys, subject, entry) {
      const receipt = await journal.receive(keys, subject, entry);
      if (receipt.kind === "accepted") follow(receipt.run, false);
      return receipt;
    },
    async append(claim, entry) {
      const appended = await journal.append(claim, entry);
      const { live, dueAt } = entry.summary;
      if (appended.kind === "appended") follow(claim.run, !live && dueAt === null);
      return appended;
    },
    async fork(entry) {
      const forked = await journal.fork(entry);
      if (forked.kind === "forked") follow(entry.run, false);
      return forked;
    },
    async close() {
      closing.abort();
      await busy;
      await journal.close();
    },
  };
}
