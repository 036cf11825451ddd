import { linesOf, sumOf } from "./lines.ts";
import { Nesting } from "./nesting.ts";
import { outcomeOf, type Outcome } from "./outcome.ts";
import { numbered } from "./test-id.ts";

const LINE = /^( *)([✔✖▶﹣⚠]) (.+?)(?: \(\d[\d.]*ms\))?(?: # .*)?$/;
const RESULTS: Readonly<Record<string, "passed" | "skipped" | "failed">> = {
  "✔": "passed",
  "✖": "failed",
  "﹣": "skipped",
  "⚠": "skipped",
};

/** The spec report of node's test runner, up to the list that repeats the failures. */
export function readNodeSpec(text: string): Outcome | null {
  const lines = linesOf(text);
  const end = lines.findIndex((line) => line === "✖ failing tests:");
  const nesting = new Nesting();
  for (const line of end === -1 ? lines : lines.slice(0, end)) {
    const [, blanks = "", mark = "", name = ""] = LINE.exec(line) ?? [];
    const depth = Math.min(50, blanks.length / 2);
    if (mark === "▶") nesting.open(depth, name);
    else if (RESULTS[mark] !== undefined) nesting.close(depth, name, RESULTS[mark]);
  }
  const passed = sumOf(lines, /^ℹ pass (\d{1,9})$/);
  const skipped = sumOf(lines, /^ℹ (?:skipped|todo) (\d{1,9})$/);
  // Other programs mark their lines so too: only the runner's own sums make a report of them.
  if (passed === null && end === -1) return null;
  return outcomeOf("node", numbered(nesting.failing), { passed, skipped });
}
