import { writeFile } from "node:fs/promises";
import type { Result } from "./results.ts";
import { markdownOf, missedIn } from "./table.ts";

const PAGE = new URL("../docs/performance.md", import.meta.url);

const INTRODUCTION = `# Performance

What Journeyman itself costs, measured by \`bench/\` (\`npm run bench\`; how it works: \`bench/README.md\`). This page is written by it.

Times drift with the machine, so what counts is the **ratio** to a floor or peer that was measured in the same run, by turns with ours.
A cell gives the median, with the least and the greatest of the rounds in parentheses. A ratio is the median of the rounds' ratios.`;

interface Part {
  readonly title: string;
  readonly result: Result;
  readonly note?: ((figures: Result["figures"]) => string) | undefined;
}

const section = ({ title, note, result: { figures, measuredAt, machine, seconds, load } }: Part): string =>
  [
    `## ${title}`,
    `Measured on ${measuredAt.slice(0, 10)} in ${Math.round(seconds)} s: ${machine}; load at the start ${load.toFixed(1)}.`,
    markdownOf(figures),
    ...(note === undefined ? [] : [note(figures)]),
  ].join("\n\n");

/** Writes the page from what each part showed last. */
export async function writePage(parts: readonly Part[]): Promise<void> {
  const missed = missedIn(parts.flatMap(({ result }) => result.figures));
  const goals = missed.length === 0 ? "All goals are met." : missed.map((sentence) => `- ${sentence}`).join("\n");
  const sections = parts.map(section);
  await writeFile(PAGE, `${[INTRODUCTION, ...sections, "## Goals missed", goals].join("\n\n")}\n`);
}
