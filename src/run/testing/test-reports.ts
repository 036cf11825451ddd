/*
 * The reports that a test command wrote for programs. Only what this very run wrote counts: files of the repository, of the setup step or of
 * an earlier run are told by what the worker itself saw before the command began (inode, size and time of the last change of state, which a
 * program cannot set back), so nothing in the sandbox needs to be removed or believed.
 */

import type { Outcome } from "../../core/testing/reports/outcome.ts";
import { readFile } from "../../core/testing/reports/read.ts";
import { isReportPath } from "../../core/testing/reports/report-files.ts";
import type { Workspace } from "../../ports/sandbox.ts";

const MAX_FILES = 1000;
const MAX_FILE_BYTES = 4 * 1024 * 1024;
const MAX_TOTAL_BYTES = 32 * 1024 * 1024;
const LIST_TIMEOUT_MS = 60_000;
const LIST_BYTES = 4 * 1024 * 1024;
const ENTRY = /^(\d+ \d+ [\d.]+) (.+)$/s;

/** Folders of dependencies hold reports of nobody's run, and many files. */
const LIST = [
  "find . -xdev -maxdepth 12",
  String.raw`\( -name node_modules -o -name .git -o -name .venv -o -name .cache \) -prune -o`,
  String.raw`-type f \( -name '*.xml' -o -name '*.json' -o -name '*.trx' \)`,
  String.raw`-printf '%i %s %C@ %P\0' 2>/dev/null`,
].join(" ");

/** Report files of a workspace by path, each with what tells its versions apart. */
export type ReportList = ReadonlyMap<string, string>;

/** Null when the list cannot be had whole: what is old cannot be told from what is new then. */
export async function listReports(workspace: Workspace, signal: AbortSignal): Promise<ReportList | null> {
  const argv = ["bash", "-c", LIST];
  const result = await workspace.run(
    { argv, timeoutMs: LIST_TIMEOUT_MS, keepBytes: 2 * LIST_BYTES, separate: true },
    signal,
  );
  if (result.ended !== "exit" || result.stdout.tail.byteLength > 0) return null;
  const found = new Map<string, string>();
  for (const entry of new TextDecoder().decode(result.stdout.head).split("\0")) {
    const [, version, path] = ENTRY.exec(entry) ?? [];
    if (version === undefined || path === undefined) continue;
    if (isReportPath(path)) found.set(path, version);
  }
  return found;
}

export interface WrittenReports {
  /** What they say, in the order of their paths. Each is read as it comes, so that a lease can be renewed in between. */
  readonly outcomes: readonly Outcome[];
  /** Reports of this run that were not read, because they are too many or too large. */
  readonly unread: number;
}

/** The reports that are there now and were not there, or not so, before. None when that cannot be told. */
export async function readReports(
  workspace: Workspace,
  before: ReportList | null,
  signal: AbortSignal,
): Promise<WrittenReports> {
  const now = before === null ? null : await listReports(workspace, signal);
  if (before === null || now === null) return { outcomes: [], unread: 0 };
  const written = [...now].filter(([path, version]) => before.get(path) !== version).map(([path]) => path);
  const outcomes: Outcome[] = [];
  let taken = 0;
  let room = MAX_TOTAL_BYTES;
  for (const path of written.toSorted().slice(0, MAX_FILES)) {
    if (room <= 0) break;
    const read = await workspace.readFile(path, Math.min(room, MAX_FILE_BYTES), signal);
    if (read.kind !== "file" || read.size > read.bytes.byteLength) continue;
    room -= read.bytes.byteLength;
    taken++;
    outcomes.push(...readFile({ path, text: new TextDecoder().decode(read.bytes) }));
  }
  return { outcomes, unread: written.length - taken };
}
