import type { Hunk } from "./hunk.ts";
import { learnIndent, type Pair } from "./indent.ts";
import { locate, type Before, type Misfit, type Place } from "./locate.ts";
import { searchedFile } from "./searched-file.ts";
import { joinLines, splitLines, usualEnd, type TextLine } from "./text-lines.ts";

/*
 * Hunks on a text. All of them fit, or nothing comes out. The file's own bytes stay wherever the hunk does not add or remove: context
 * lines, line ends and a missing last line end are kept, however loosely they were compared.
 */

/** Where a hunk went, from 1, and how far from its line number; what had to be overlooked. */
export interface Fitted {
  readonly hunk: number;
  readonly line: number;
  readonly shift: number | null;
  readonly closeness: Place["closeness"];
  readonly chosen: Place["chosen"];
}

export interface Unfitted {
  readonly hunk: number;
  readonly misfit: Misfit;
}

export type Applied =
  | { readonly kind: "applied"; readonly text: string; readonly fitted: readonly Fitted[] }
  | { readonly kind: "unfitted"; readonly unfitted: readonly Unfitted[] };

interface Splice {
  readonly from: number;
  readonly to: number;
  readonly lines: readonly TextLine[];
  readonly hunk: Hunk;
}

export function applyHunks(text: string, hunks: readonly Hunk[]): Applied {
  const lines = splitLines(text);
  const file = searchedFile(lines);
  const usual = usualEnd(lines);
  const splices: Splice[] = [];
  const fitted: Fitted[] = [];
  const unfitted: Unfitted[] = [];
  let before: Before = { taken: [], shift: 0 };
  for (const [place, hunk] of hunks.entries()) {
    const found = locate(file, hunk, before);
    const splice = found.kind === "place" ? spliceOf(lines, hunk, { found, usual }) : found;
    if ("kind" in splice) {
      unfitted.push({ hunk: place + 1, misfit: splice });
      continue;
    }
    const shift = hunk.at === null ? null : splice.from + 1 - hunk.at;
    if (found.kind === "place") {
      const { closeness, chosen } = found;
      fitted.push({ hunk: place + 1, line: splice.from + 1, shift, closeness, chosen });
    }
    splices.push(splice);
    before = { taken: [...before.taken, splice], shift: shift ?? before.shift };
  }
  if (unfitted.length > 0) return { kind: "unfitted", unfitted };
  return { kind: "applied", text: spliced(lines, splices, usual), fitted };
}

/** What stands in the place of a hunk's old lines; or that nobody can tell how deep its new lines belong. */
function spliceOf(
  lines: readonly TextLine[],
  hunk: Hunk,
  { found, usual }: { readonly found: Place; readonly usual: string },
): Splice | Misfit {
  const kept: TextLine[] = [];
  const added: number[] = [];
  const pairs: Pair[] = [];
  let at = found.at;
  for (const { kind, text } of hunk.lines) {
    if (kind === "added") {
      added.push(kept.push({ text, end: usual }) - 1);
      continue;
    }
    const own = lines[at++] ?? { text, end: usual };
    pairs.push([text, own.text]);
    if (kind === "context") kept.push(own);
  }
  if (found.closeness === "white space") {
    const reindent = learnIndent(pairs);
    for (const place of added) {
      const text = reindent(kept[place]?.text ?? "");
      if (text === null) return { kind: "indentation", line: found.at + 1 };
      kept[place] = { text, end: usual };
    }
  }
  return { from: found.at, to: at, lines: kept, hunk };
}

function spliced(lines: readonly TextLine[], splices: readonly Splice[], usual: string): string {
  const result: TextLine[] = [];
  let at = 0;
  for (const { from, to, lines: replacement } of splices.toSorted((a, b) => a.from - b.from)) {
    for (; at < from; at++) result.push(lines[at] ?? { text: "", end: usual });
    for (const line of replacement) result.push(line);
    at = to;
  }
  for (; at < lines.length; at++) result.push(lines[at] ?? { text: "", end: usual });
  const last = splices.findLast(({ to }) => to === lines.length)?.hunk;
  const own = lines.at(-1)?.end ?? usual;
  const lastEnd = last?.newUnended === true ? "" : last?.oldUnended === true ? usual : own;
  return joinLines(result, usual, lastEnd);
}
