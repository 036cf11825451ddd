import * as fc from "fast-check";

/** A text before and after, with the unified diff that leads from one to the other: made here, so that its truth is known. */
export interface RandomDiff {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly hunks: readonly { readonly at: number; readonly lines: readonly string[] }[];
}

/** Few words, so that lines and whole places repeat often. */
const anyLine = fc
  .tuple(
    fc.constantFrom("", "  ", "\t", "    "),
    fc.constantFrom("a", "b", "if (x) {", "}", "", "return 1;", "-- c", "@@"),
  )
  .map(([indent, text]) => (text === "" ? "" : indent + text));
const anyEdit = fc.record({
  at: fc.nat({ max: 60 }),
  removed: fc.nat({ max: 3 }),
  added: fc.array(
    anyLine.map((line) => `${line}!`),
    { maxLength: 3 },
  ),
});

export const anyDiff: fc.Arbitrary<RandomDiff> = fc
  .tuple(fc.array(anyLine, { minLength: 1, maxLength: 60 }), fc.array(anyEdit, { minLength: 1, maxLength: 4 }))
  .map(([before, edits]) => diffOf(before, edits))
  .filter(({ hunks }) => hunks.length > 0);

const CONTEXT = 3;

function diffOf(
  before: readonly string[],
  edits: readonly { at: number; removed: number; added: string[] }[],
): RandomDiff {
  const hunks: RandomDiff["hunks"][number][] = [];
  const after: string[] = [];
  let done = 0;
  let free = 0;
  for (const { at, removed, added } of edits.toSorted((a, b) => a.at - b.at)) {
    const from = Math.min(at, before.length);
    const to = Math.min(from + removed, before.length);
    const first = Math.max(free, from - CONTEXT);
    if (from < free || (to === from && added.length === 0)) continue;
    const last = Math.min(before.length, to + CONTEXT);
    if (first === last) continue;
    after.push(...before.slice(done, from), ...added);
    const marked = (mark: string, lines: readonly string[]) => lines.map((line) => mark + line);
    hunks.push({
      at: first + 1,
      lines: [
        ...marked(" ", before.slice(first, from)),
        ...marked("-", before.slice(from, to)),
        ...marked("+", added),
        ...marked(" ", before.slice(to, last)),
      ],
    });
    [done, free] = [to, last];
  }
  after.push(...before.slice(done));
  return { before, after, hunks };
}

const count = (lines: readonly string[], marks: string): number =>
  lines.filter((line) => marks.includes(line.charAt(0))).length;

/** The diff as text; without numbers the `@@` stand alone. */
export function patchText(
  { hunks }: RandomDiff,
  about: { numbers: boolean; path?: string } = { numbers: true },
): string {
  const path = about.path ?? "f.txt";
  let shift = 0;
  const body = hunks.flatMap(({ at, lines }) => {
    const [old, fresh] = [count(lines, " -"), count(lines, " +")];
    const header = about.numbers ? `@@ -${at},${old} +${at + shift},${fresh} @@` : "@@";
    shift += fresh - old;
    return [header, ...lines];
  });
  return `${[`--- a/${path}`, `+++ b/${path}`, ...body].join("\n")}\n`;
}
