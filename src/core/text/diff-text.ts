import { createTwoFilesPatch } from "diff";

/*
 * A change as a reader sees it: unified diffs of the very bytes that were checked. Bounded in size and in work, whatever the bytes are;
 * what is not shown is said.
 */

/** A changed file; null stands for a file that is not there. */
export interface DiffedFile {
  readonly path: string;
  readonly before: Uint8Array | null;
  readonly after: Uint8Array | null;
}

export interface FileDiff {
  readonly path: string;
  readonly status: "added" | "modified" | "deleted";
  /** A unified diff without its file names, or one sentence in brackets where there is none to show. */
  readonly diff: string;
}

/** Characters of one file's diff, and of all of them together. */
export const DIFF_BOUNDS = { file: 24_000, all: 80_000 } as const;
const CONTEXT_LINES = 5;
/** Lines that differ before a file counts as rewritten: the work of comparing grows with their square. */
const MAX_EDITS = 1_000;
/** Compared of a file and of all files together, before and after, in bytes: a worker that compares does nothing else meanwhile. */
const MAX_BYTES = 1024 * 1024;
const LINE_CHARS = 2_000;

const status = ({ before, after }: DiffedFile): FileDiff["status"] =>
  after === null ? "deleted" : before === null ? "added" : "modified";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Null for bytes that are no text. */
function textOf(bytes: Uint8Array): string | null {
  if (bytes.subarray(0, 8192).includes(0)) return null;
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

const lineCount = (text: string): number => text.split("\n").length - (text.endsWith("\n") ? 1 : 0);

/** How many lines each file has after the change; files that are gone or no text are left out. */
export function linesAfter(files: readonly DiffedFile[]): ReadonlyMap<string, number> {
  return new Map(
    files.flatMap(({ path, after }): [string, number][] => {
      const text = after === null ? null : textOf(after);
      return text === null ? [] : [[path, lineCount(text)]];
    }),
  );
}

const shortLine = (line: string): string =>
  line.length <= LINE_CHARS ? line : `${line.slice(0, LINE_CHARS)} [… ${line.length - LINE_CHARS} more characters]`;

/** Whole lines up to `room` characters, and how many were left out. */
function bounded(diff: string, room: number): string {
  const lines = diff.split("\n").map(shortLine);
  let used = 0;
  const kept = lines.findIndex((line) => (used += line.length + 1) > room);
  if (kept === -1) return lines.join("\n");
  return [...lines.slice(0, kept), `[… ${lines.length - kept} more lines of this diff; read the file]`].join("\n");
}

const sizeOf = ({ before, after }: DiffedFile): number => (before?.byteLength ?? 0) + (after?.byteLength ?? 0);

function comparison(file: DiffedFile, mostBytes: number): string {
  const { before, after } = file;
  if (sizeOf(file) > mostBytes) return "[too large to be compared; read the parts that matter]";
  const [old, now] = [before, after].map((bytes) => (bytes === null ? "" : textOf(bytes)));
  if (typeof old !== "string" || typeof now !== "string") return `[binary, ${after?.byteLength ?? 0} bytes]`;
  const options = { context: CONTEXT_LINES, maxEditLength: MAX_EDITS };
  // A file that is new or gone differs in every line: there is nothing to search for.
  const unlimited = before === null || after === null ? { context: CONTEXT_LINES } : options;
  const patch = createTwoFilesPatch("before", "after", old, now, "", "", unlimited);
  if (patch === undefined) return `[rewritten: ${lineCount(old)} lines became ${lineCount(now)}; read the file]`;
  const hunks = patch.indexOf("@@");
  return hunks === -1 ? "[same text]" : patch.slice(hunks).replace(/\n$/, "");
}

/** A unified diff of two texts with names; empty text when they are the same. Takes time with the square of the lines that differ. */
export const textDiff = (before: { name: string; text: string }, after: { name: string; text: string }): string =>
  before.text === after.text
    ? ""
    : createTwoFilesPatch(before.name, after.name, before.text, after.text, "", "", {
        context: CONTEXT_LINES,
      }).trimEnd();

/** One diff a file, in the order given. When all room is used up, the files that are left are named with a sentence. */
export function diffsOf(files: readonly DiffedFile[]): FileDiff[] {
  let room: number = DIFF_BOUNDS.all;
  let bytes = MAX_BYTES;
  return files.map((file) => {
    if (room <= 0) return { path: file.path, status: status(file), diff: "[no room left here; read the file]" };
    const diff = bounded(comparison(file, bytes), Math.min(room, DIFF_BOUNDS.file));
    room -= diff.length;
    if (sizeOf(file) <= bytes) bytes -= sizeOf(file);
    return { path: file.path, status: status(file), diff };
  });
}
