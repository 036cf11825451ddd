/*
 * What of a failing test run the executor should read: the failing tests by name, the first failure with the repository's own frames
 * of its stack, the lines that name changed files, and the end. Everything that is left out is counted.
 */

import { printable } from "../text/invisible.ts";
import { withoutForeignFrames, type NumberedLine } from "./stack-frames.ts";
import { digestOutput, tellsOfFailure } from "./test-output.ts";

const MAX_LINE = 500;
const MAX_NAMED = 30;
const MAX_MENTIONS = 20;
/** Shares of the room for each part; the end gets what is left. */
const NAMES_SHARE = 0.2;
const FAILURE_SHARE = 0.45;
const MENTIONS_SHARE = 0.15;
/** Where runners begin to tell each failure at length, after the progress of the run. */
const DETAILS =
  /^(?:=+ (?:FAILURES|ERRORS) =+|✖ failing tests:|Failed tests:|failures:|Failures:|\s+\d{1,9} failing$|⎯+ Failed (?:Suites|Tests) \d|\s{2}● (?!Console))/;

export interface FailedRun {
  readonly output: string;
  /** Ids of the failing tests. */
  readonly failing: readonly string[];
  /** Paths that the run changed, relative to the workspace. */
  readonly changed: readonly string[];
}

const shorten = (line: string): string => (line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line);

/** The first lines that fit into this many characters. */
function fitting(lines: readonly NumberedLine[], chars: number): NumberedLine[] {
  let room = chars;
  const end = lines.findIndex(({ text }) => (room -= text.length + 1) < 0);
  return end === -1 ? [...lines] : lines.slice(0, end);
}

function names(failing: readonly string[], chars: number): string {
  if (failing.length === 0) return "";
  const listed = failing.slice(0, MAX_NAMED).map((id, at) => ({ at, text: `- ${id}` }));
  const shown = fitting(listed, chars);
  const rest = failing.length - shown.length;
  const more = rest > 0 ? [`- and ${rest} more`] : [];
  return [`Failing tests (${failing.length}):`, ...shown.map(({ text }) => text), ...more].join("\n");
}

function firstFailure(lines: readonly NumberedLine[], chars: number): NumberedLine[] {
  const details = lines.findIndex(({ text }) => DETAILS.test(text));
  const start = details === -1 ? lines.findIndex(({ text }) => tellsOfFailure(text)) : details;
  if (start === -1) return [];
  // A line has at least its line break: what lies further on cannot be shown, but for frames that are dropped first.
  return fitting(withoutForeignFrames(lines.slice(start, start + 4 * chars)), chars);
}

function mentions(lines: readonly NumberedLine[], changed: readonly string[], chars: number): NumberedLine[] {
  const found: NumberedLine[] = [];
  for (const line of lines) {
    if (found.length === MAX_MENTIONS) break;
    if (changed.some((path) => line.text.includes(path))) found.push(line);
  }
  return fitting(found, chars);
}

function part(title: string, lines: readonly NumberedLine[]): string {
  if (lines.length === 0) return "";
  return `${title}\n${lines.map(({ text }) => text).join("\n")}`;
}

/** The output of a run as it is when it is short; else its digest. At most `maxChars` characters. */
export function digestTests(run: FailedRun, maxChars: number): string {
  if (run.output.length <= maxChars) return run.output;
  const lines = printable(run.output)
    .split("\n")
    .map((text, at) => ({ at, text: shorten(text.trimEnd()) }));
  const room = Math.max(0, maxChars - 400);
  const failure = firstFailure(lines, room * FAILURE_SHARE);
  if (failure.length === 0 && run.failing.length === 0) return digestOutput(run.output, maxChars);
  const named = names(run.failing, room * NAMES_SHARE);
  const shown = new Set(failure.map(({ at }) => at).filter((at) => at >= 0));
  const unseen = lines.filter(({ at }) => !shown.has(at));
  const about = mentions(unseen, run.changed, room * MENTIONS_SHARE);
  const parts = [
    named,
    part(`First failure, from line ${(failure[0]?.at ?? 0) + 1}:`, failure),
    part("Other lines that name changed files:", about),
  ].filter((text) => text !== "");
  const last = failure.reduce((latest, { at }) => Math.max(latest, at), -1);
  const left = room - parts.join("").length;
  const rest = withoutForeignFrames(lines.filter(({ at }) => at > last));
  const end = fitting(rest.toReversed(), left).toReversed();
  for (const { at } of [...about, ...end]) if (at >= 0) shown.add(at);
  const omitted = lines.length - shown.size;
  const notice = `[A digest of ${lines.length} lines of output: ${omitted} are left out.]`;
  return [notice, ...parts, part("The end:", end)]
    .filter((text) => text !== "")
    .join("\n\n")
    .slice(0, maxChars);
}
