import type { Fitted, Unfitted } from "../core/patch/apply.ts";
import type { Misfit } from "../core/patch/locate.ts";

/*
 * What the model reads about the hunks of a patch: which went where and what was overlooked, or which did not, why, and what to do.
 */

const MAX_LINE = 200;
const clip = (text: string): string => (text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)} […]` : text);

/** One hunk that does not fit, as data. */
export const problemOf = (path: string, { hunk, misfit }: Unfitted): object => ({
  path,
  hunk,
  ...explained(misfit),
});

function explained(misfit: Misfit): object {
  switch (misfit.kind) {
    case "missing":
      return missing(misfit.nearest);
    case "ambiguous":
      return {
        problem: "its lines stand in several places",
        lines: misfit.lines,
        suggestion: "Add context until only one place fits, or give the right line number in @@.",
      };
    case "taken":
      return {
        problem: "its place is changed by another hunk of this patch",
        line: misfit.line,
        suggestion: "Make one hunk of the two.",
      };
    case "no context":
      return {
        problem: "it only adds lines and shows none beside them",
        suggestion: "Add an unchanged line before or after.",
      };
    case "indentation":
      return {
        problem: "its indentation differs from the file's in no regular way",
        line: misfit.line,
        suggestion: "Read these lines and copy their indentation.",
      };
  }
}

function missing(nearest: Extract<Misfit, { kind: "missing" }>["nearest"]): object {
  const problem = "its context and removed lines are not in the file";
  if (nearest === null) return { problem, suggestion: "Nothing like it is in this file. Read it first." };
  return {
    problem,
    nearest: { line: nearest.line, agreeing: `${nearest.agreeing} of ${nearest.of} lines` },
    differing: nearest.differing.map(({ line, expected, found }) => ({
      line,
      expected: clip(expected),
      found: found === null ? "(the file ends before)" : clip(found),
    })),
    suggestion: `Read the file around line ${nearest.line} and copy these lines exactly.`,
  };
}

/** How a hunk fitted, when that was not to the letter; null when it was. */
export function looseness({ hunk, line, shift, closeness, chosen }: Fitted): string | null {
  const notes = [
    shift === null || shift === 0 ? "" : `${Math.abs(shift)} lines ${shift > 0 ? "below" : "above"} its line number`,
    closeness === "exact" ? "" : closeness === "white space" ? "white space differs" : "blanks at line ends differ",
    chosen === null ? "" : `one of ${chosen.of} places, told by its ${chosen.by}`,
  ].filter((note) => note !== "");
  return notes.length === 0 ? null : `hunk ${hunk} at line ${line}: ${notes.join("; ")}`;
}
