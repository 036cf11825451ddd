import { quantityOf, type Figure } from "../figure.ts";
import { median } from "../measure.ts";

/*
 * What other harnesses cost on a task of the same twelve turns. Their figures are quoted, not measured here: medians of 15 runs in November
 * 2026, on another day and on a machine of the same kind. Ours are those of the page.
 */

/** First request in tokens; billed input; read from the cache after the first request; start in ms; gap of a read turn in ms; faults. */
const QUOTED: readonly (readonly [string, ...string[]])[] = [
  ["bare SDK loop", "431", "7.2k", "66 %", "230", "7.7", "6"],
  ["pi 0.87", "1,503", "6.7k", "93.8 %", "364", "10.3", "13"],
  ["Claude Code 2.1.328", "21,688", "54.7k", "99.2 %", "464", "36.6", "15"],
  ["Agent SDK, own prompt, 6 tools", "6,236", "18.1k", "97.6 %", "589", "38.9", "–"],
  ["Copilot CLI 1.0.102", "12,295", "31.7k", "98.9 %", "895", "20.2", "13"],
  ["Codex 0.169", "9,172", "23.4k", "97.4 %", "271", "57.6", "10"],
  ["Gemini CLI 0.61", "12,348", "30.1k", "97.9 %", "1,896", "19.6", "9"],
  ["opencode 1.18", "7,612", "21.7k", "98.2 %", "3,093", "185", "13"],
  ["Cline 3.0", "5,454", "26.0k", "81.9 %", "1,602", "82", "9"],
];

/** The columns, and how the figure is called that ours has for them. */
const COLUMNS = [
  ["first request, tok", "first request: system, tools, task"],
  ["billed, tok", "billed input of the 12-turn task"],
  ["cache read after 1st", "input read from the cache after the first request, 12 turns"],
  ["start, ms", "start of the process → first request"],
  ["own time of a read turn, ms", "own time of a read turn, 12 turns"],
  ["faults recovered of 16", "faults of provider and model recovered, of 16"],
] as const;

const INTRODUCTION = `The same kind of task in other harnesses. Their figures are **quoted**: measured in November 2026 on another day, on a machine
of the same kind, medians of 15 runs. They show an order of magnitude; only the bare loop was measured beside ours.`;

/** A table of ours beside theirs. */
export function besidePeers(figures: readonly Figure[]): string {
  const ours = COLUMNS.map(([, name]) => {
    const figure = figures.find((one) => one.name === name);
    return figure === undefined ? "–" : quantityOf(median(figure.ours), figure.unit);
  });
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const titles = ["harness", ...COLUMNS.map(([title]) => title)];
  const lines = [titles, titles.map(() => "---"), ["**Journeyman**", ...ours], ...QUOTED];
  return [INTRODUCTION, lines.map(row).join("\n")].join("\n\n");
}
