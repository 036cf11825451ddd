/** Gives an added line the indentation of the file, or null when there is no rule that says which. */
export type Reindent = (line: string) => string | null;

/** A line of the patch and the line of the file that it was found at. */
export type Pair = readonly [patch: string, file: string];

const indentOf = (line: string): string => /^[ \t]*/.exec(line)?.[0] ?? "";
const isOnly = (text: string, character: string): boolean => text === character.repeat(text.length);

/**
 * How the indentation of a patch becomes that of the file, learnt from the lines that were found: the same indentation as a line that was
 * found; else so many characters more or less as with all of them; else tabs for blanks or blanks for tabs at one width.
 */
export function learnIndent(pairs: readonly Pair[]): Reindent {
  const known = new Map<string, string>();
  let torn = false;
  for (const [patch, file] of pairs) {
    if (patch.trim() === "") continue;
    const [before, after] = [indentOf(patch), indentOf(file)];
    torn ||= (known.get(before) ?? after) !== after;
    known.set(before, after);
  }
  if (torn) return () => null;
  const rules = [shifted([...known], " "), shifted([...known], "\t"), rescaled([...known])];
  return (line) => {
    if (line.trim() === "") return line;
    const indent = indentOf(line);
    const found = [known.get(indent), ...rules.map((rule) => rule(indent))].find((one) => one !== undefined);
    return found === undefined ? null : found + line.slice(indent.length);
  };
}

type Rule = (indent: string) => string | undefined;

/** All lie the same number of characters deeper or less deep. */
function shifted(known: readonly Pair[], character: string): Rule {
  const shifts = new Set(known.map(([patch, file]) => file.length - patch.length));
  const [shift = 0] = shifts;
  const fits = shifts.size === 1 && known.flat().every((indent) => isOnly(indent, character));
  return (indent) => {
    if (!fits || !isOnly(indent, character) || indent.length + shift < 0) return undefined;
    return character.repeat(indent.length + shift);
  };
}

/** Tabs on one side, blanks on the other, with one width throughout. */
function rescaled(known: readonly Pair[]): Rule {
  const deep = known.filter(([patch, file]) => patch !== "" || file !== "");
  for (const [one, other] of [
    [" ", "\t"],
    ["\t", " "],
  ] as const) {
    if (deep.length === 0 || !deep.every(([patch, file]) => isOnly(patch, one) && isOnly(file, other))) continue;
    const scales = new Set(deep.map(([patch, file]) => file.length / patch.length));
    const [scale = 0] = scales;
    if (scales.size !== 1 || !Number.isFinite(scale) || scale === 0) continue;
    return (indent) => {
      const length = indent.length * scale;
      return isOnly(indent, one) && Number.isInteger(length) ? other.repeat(length) : undefined;
    };
  }
  return () => undefined;
}
