import type { Hunk, PatchLine } from "./hunk.ts";

/*
 * One hunk out of the lines of a patch. Models count badly, so the counts of `@@ -1,4 +1,5 @@` are believed only where they lead to the
 * end of the hunk; elsewhere it goes on to the next header. A line that is part of no hunk and no header is a problem, never skipped.
 */

export type ReadHunk =
  | { readonly kind: "hunk"; readonly hunk: Hunk; readonly next: number }
  | { readonly kind: "problem"; readonly line: number; readonly problem: string };

interface Header {
  readonly at: number | null;
  readonly section: string;
  readonly old: number | null;
  readonly new: number | null;
}

const NUMBERED = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@(.*)$/;

/** Whether a hunk or the part of a file begins at this line. */
export function isHeader(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? "";
  if (/^(?:@@|diff --git |Index: )/.test(line)) return true;
  return line.startsWith("--- ") && lines[at + 1]?.startsWith("+++ ") === true;
}

/** Reads the hunk whose `@@` stands at `start`; with `start - 1` a hunk that has none. */
export function readHunk(lines: readonly string[], start: number, hasHeader: boolean): ReadHunk {
  const header = hasHeader ? headerOf(lines[start] ?? "") : { at: null, section: "", old: null, new: null };
  const first = hasHeader ? start + 1 : start;
  const end = declaredEnd(lines, first, header) ?? looseEnd(lines, first);
  const body = lines.slice(first, end);
  const bad = body.findIndex((line) => line !== "" && !" +-\\".includes(line.charAt(0)));
  if (bad !== -1) {
    const problem = 'a line of a hunk begins with a blank (context), "-" (removed) or "+" (added); this one does not';
    return { kind: "problem", line: first + bad, problem };
  }
  const kept = body.flatMap(lineOf);
  if (kept.length === 0) return { kind: "problem", line: start, problem: "the hunk is empty" };
  const hunk = { at: header.at, section: header.section, lines: kept, ...endsOf(body) };
  return { kind: "hunk", hunk, next: end };
}

function headerOf(line: string): Header {
  const numbered = NUMBERED.exec(line);
  if (numbered === null) return { at: null, section: line.replaceAll("@@", "").trim(), old: null, new: null };
  const [, at, before = "1", after = "1", section = ""] = numbered;
  return { at: Number(at), section: section.trim(), old: Number(before), new: Number(after) };
}

/** Where the hunk ends by its counts; null when they lead into the middle of something. */
function declaredEnd(lines: readonly string[], first: number, header: Header): number | null {
  if (header.old === null || header.new === null) return null;
  let [before, after, at] = [header.old, header.new, first];
  for (; before > 0 || after > 0; at++) {
    const line = lines[at];
    if (line === undefined) return null;
    const kind = line.charAt(0);
    if (kind === " " || kind === "") [before, after] = [before - 1, after - 1];
    else if (kind === "-") before--;
    else if (kind === "+") after--;
    else if (kind !== "\\") return null;
    if (before < 0 || after < 0) return null;
  }
  if (lines[at]?.startsWith("\\") === true) at++;
  let next = at;
  while (lines[next] === "") next++;
  return next >= lines.length || isHeader(lines, next) ? at : null;
}

/** Up to the next header; empty lines before it part the hunks and belong to none. */
function looseEnd(lines: readonly string[], first: number): number {
  let end = first;
  while (end < lines.length && !isHeader(lines, end)) end++;
  while (end > first && lines[end - 1] === "") end--;
  return end;
}

function lineOf(line: string): PatchLine[] {
  const text = line.slice(1);
  if (line.startsWith("\\")) return [];
  if (line.startsWith("+")) return [{ kind: "added", text }];
  // An empty line is blank context whose one blank was lost on the way.
  return [{ kind: line.startsWith("-") ? "removed" : "context", text }];
}

function endsOf(body: readonly string[]): Pick<Hunk, "oldUnended" | "newUnended"> {
  const marked = body.flatMap((line, place) => (line.startsWith("\\") ? [body[place - 1]?.charAt(0) ?? " "] : []));
  return { oldUnended: marked.some((kind) => kind !== "+"), newUnended: marked.some((kind) => kind !== "-") };
}
