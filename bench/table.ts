import { isMet, told, toldGoal, toldRatio, type Figure } from "./figure.ts";
import { median } from "./measure.ts";

/* The one table of the bench, for a terminal and for a page. */

export const TITLES = ["figure", "ours", "floor or peer, same run", "ratio", "goal", "met"] as const;

const verdictOf = (figure: Figure): string => {
  const met = isMet(figure);
  if (met === null) return "";
  return met ? "yes" : "**no**";
};

/** The cells of a figure's line, in the order of `TITLES`. */
export const cellsOf = (figure: Figure): readonly string[] => [
  figure.name,
  told(figure.ours, figure.unit),
  figure.peer === undefined ? "" : `${figure.peer.name}: ${told(figure.peer.values, figure.unit)}`,
  toldRatio(figure),
  toldGoal(figure),
  verdictOf(figure),
];

/** A line of a terminal. */
export const lineOf = (figure: Figure): string =>
  cellsOf(figure)
    .filter((cell) => cell !== "")
    .join(" | ");

/** All figures as one Markdown table. */
export function markdownOf(figures: readonly Figure[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [row(TITLES), row(TITLES.map(() => "---")), ...figures.map((figure) => row(cellsOf(figure)))].join("\n");
}

/** Goals that were missed, each in a sentence. */
export const missedIn = (figures: readonly Figure[]): string[] =>
  figures
    .filter((figure) => isMet(figure) === false)
    .map((figure) => {
      const times = toldRatio(figure);
      const is = `${told([median(figure.ours)], figure.unit)}${times === "" ? "" : ` (${times})`}`;
      return `${figure.name}: ${is}, goal ${toldGoal(figure)}.`;
    });
