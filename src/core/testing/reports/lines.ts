import { printable } from "../../text/invisible.ts";

/** Longest line that is looked at, in characters. */
const MAX_LINE = 2000;

/** The lines of an output as a person sees them, without blanks at their ends, each cut to what a runner's line can be. */
export const linesOf = (text: string): string[] =>
  printable(text)
    .split("\n")
    .map((line) => line.slice(0, MAX_LINE).trimEnd());

/** The sum of a number that a form finds; null when no line has it. */
export function sumOf(lines: readonly string[], form: RegExp): number | null {
  let sum: number | null = null;
  for (const line of lines) {
    const found = form.exec(line)?.[1];
    if (found !== undefined) sum = (sum ?? 0) + Number(found);
  }
  return sum;
}

/** What a form finds in each line, each once, in order. */
export function namesIn(lines: readonly string[], ...forms: readonly RegExp[]): Set<string> {
  const names = new Set<string>();
  for (const line of lines) {
    const name = forms.map((form) => form.exec(line)?.[1]).find((match) => match !== undefined);
    if (name !== undefined) names.add(name.trim());
  }
  return names;
}
