import type { TextLine } from "./text-lines.ts";

/** How much of the white space counts when lines are compared, strictest first. */
export const CLOSENESS = ["exact", "line ends", "white space"] as const;
export type Closeness = (typeof CLOSENESS)[number];

const NORMAL: Readonly<Record<Closeness, (text: string) => string>> = {
  exact: (text) => text,
  "line ends": (text) => text.trimEnd(),
  "white space": (text) => text.trim().replaceAll(/\s+/g, " "),
};

/** A file whose lines can be looked for: each line as a number, equal lines as equal numbers. */
export interface SearchedFile {
  readonly lines: readonly TextLine[];
  numbers(closeness: Closeness): readonly number[];
  /** The numbers of other lines; -1 for a line that the file does not have. */
  numbersOf(texts: readonly string[], closeness: Closeness): readonly number[];
}

export function searchedFile(lines: readonly TextLine[]): SearchedFile {
  const tables = new Map<Closeness, { readonly known: Map<string, number>; readonly numbers: readonly number[] }>();
  const tableOf = (closeness: Closeness) => {
    const made = tables.get(closeness);
    if (made !== undefined) return made;
    const known = new Map<string, number>();
    const numbers = lines.map(({ text }) => {
      const normal = NORMAL[closeness](text);
      const number = known.get(normal) ?? known.size;
      known.set(normal, number);
      return number;
    });
    const table = { known, numbers };
    tables.set(closeness, table);
    return table;
  };
  return {
    lines,
    numbers: (closeness) => tableOf(closeness).numbers,
    numbersOf: (texts, closeness) => texts.map((text) => tableOf(closeness).known.get(NORMAL[closeness](text)) ?? -1),
  };
}
