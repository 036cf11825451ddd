import { oldLines, type Hunk } from "./hunk.ts";
import { nearestPlace, type Nearest } from "./nearest-place.ts";
import { occurrences } from "./occurrences.ts";
import { CLOSENESS, type Closeness, type SearchedFile } from "./searched-file.ts";

/*
 * Where a hunk belongs. The strictest comparison that finds it anywhere decides. Of several places one is taken only when the patch itself
 * tells which: by its line number, by the section behind `@@`, or because the hunks before leave no other. That is said in the result; a
 * guess is never made.
 */

export interface Place {
  readonly kind: "place";
  /** Lines of the file before it. */
  readonly at: number;
  readonly closeness: Closeness;
  /** Set when there were several places: how many, and what told which. */
  readonly chosen: { readonly of: number; readonly by: "line number" | "section" | "order" } | null;
}

export type Misfit =
  | { readonly kind: "missing"; readonly nearest: Nearest | null }
  /** `lines` from 1. */
  | { readonly kind: "ambiguous"; readonly lines: readonly number[] }
  | { readonly kind: "taken"; readonly line: number }
  | { readonly kind: "no context" }
  | { readonly kind: "indentation"; readonly line: number };

/** What the hunks before this one took, as line numbers from 0. */
export interface Before {
  readonly taken: readonly { readonly from: number; readonly to: number }[];
  /** How far the last of them lay from its line number. */
  readonly shift: number;
}

const MOST_PLACES = 1_000;

export function locate(file: SearchedFile, hunk: Hunk, before: Before): Place | Misfit {
  const old = oldLines(hunk);
  if (old.length === 0) {
    return file.lines.length === 0
      ? { kind: "place", at: 0, closeness: "exact", chosen: null }
      : { kind: "no context" };
  }
  for (const closeness of CLOSENESS) {
    const places = occurrences(file.numbers(closeness), file.numbersOf(old, closeness), MOST_PLACES);
    if (places.length === 0) continue;
    const free = places.filter((at) => !before.taken.some(({ from, to }) => at < to && from < at + old.length));
    const [only] = free;
    if (only === undefined) return { kind: "taken", line: (places[0] ?? 0) + 1 };
    if (places.length === 1) return { kind: "place", at: only, closeness, chosen: null };
    const found = choose(free, { file, hunk, before });
    if (found === null) return { kind: "ambiguous", lines: free.slice(0, 10).map((at) => at + 1) };
    return { kind: "place", at: found.at, closeness, chosen: { of: places.length, by: found.by } };
  }
  return { kind: "missing", nearest: nearestPlace(file, old) };
}

interface Clues {
  readonly file: SearchedFile;
  readonly hunk: Hunk;
  readonly before: Before;
}

type Choice = { readonly at: number; readonly by: "line number" | "section" | "order" };

function choose(places: readonly number[], { file, hunk, before }: Clues): Choice | null {
  const expected = hunk.at === null ? -1 : hunk.at - 1 + before.shift;
  if (places.includes(expected)) return { at: expected, by: "line number" };
  const section = sectionLine(file, hunk.section);
  const inside = section === null ? [] : places.filter((at) => at >= section);
  if (inside.length === 1 && inside[0] !== undefined) return { at: inside[0], by: "section" };
  const end = Math.max(0, ...before.taken.map(({ to }) => to));
  const later = end === 0 ? places : places.filter((at) => at >= end);
  return later.length === 1 && later[0] !== undefined ? { at: later[0], by: "order" } : null;
}

/** The one line that holds the text behind `@@`; null when none or several do. */
function sectionLine({ lines }: SearchedFile, section: string): number | null {
  if (section.length < 3) return null;
  const first = lines.findIndex(({ text }) => text.includes(section));
  return first !== -1 && !lines.slice(first + 1).some(({ text }) => text.includes(section)) ? first : null;
}
