import type { SearchedFile } from "./searched-file.ts";

/** The place where most lines of a hunk agree with the file, white space ignored. */
export interface Nearest {
  /** First line, from 1. */
  readonly line: number;
  readonly agreeing: number;
  readonly of: number;
  /** Lines that do not agree: what the hunk expects, and what the file has there (null: it ends before). */
  readonly differing: readonly { readonly line: number; readonly expected: string; readonly found: string | null }[];
}

/** A line that stands in more places than this tells nothing. */
const TELLING = 200;
const SHOWN = 5;

export function nearestPlace(file: SearchedFile, old: readonly string[]): Nearest | null {
  const numbers = file.numbers("white space");
  const wanted = file.numbersOf(old, "white space");
  const start = mostVotes(placesOf(numbers, new Set(wanted)), { wanted, old });
  if (start === null) return null;
  const differing = old.flatMap((expected, offset) => {
    if (numbers[start + offset] === wanted[offset]) return [];
    return [{ line: start + offset + 1, expected, found: file.lines[start + offset]?.text ?? null }];
  });
  return {
    line: start + 1,
    agreeing: old.length - differing.length,
    of: old.length,
    differing: differing.slice(0, SHOWN),
  };
}

function placesOf(numbers: readonly number[], wanted: ReadonlySet<number>): ReadonlyMap<number, readonly number[]> {
  const places = new Map<number, number[]>();
  for (const [at, number] of numbers.entries()) {
    if (!wanted.has(number)) continue;
    const known = places.get(number);
    if (known === undefined) places.set(number, [at]);
    else if (known.length <= TELLING) known.push(at);
  }
  return places;
}

/** Each line that tells something votes for the places where the hunk would begin. */
function mostVotes(
  places: ReadonlyMap<number, readonly number[]>,
  { wanted, old }: { readonly wanted: readonly number[]; readonly old: readonly string[] },
): number | null {
  const votes = new Map<number, number>();
  for (const [offset, number] of wanted.entries()) {
    const found = places.get(number) ?? [];
    if (found.length > TELLING || (old[offset] ?? "").trim().length < 2) continue;
    for (const at of found) if (at >= offset) votes.set(at - offset, (votes.get(at - offset) ?? 0) + 1);
  }
  let best: number | null = null;
  for (const [start, count] of votes) if (best === null || count > (votes.get(best) ?? 0)) best = start;
  return best;
}
