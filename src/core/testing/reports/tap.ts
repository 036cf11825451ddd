/*
 * TAP. Members of a group are indented deeper, told before the group's own line (node, tape: `# Subtest: group` opens it) or after
 * it (vitest: the line ends with `{`, and `}` closes it). What a test printed between `---` and `...` is skipped.
 */

import { linesOf } from "./lines.ts";
import { Nesting } from "./nesting.ts";
import { outcomeOf, type Outcome } from "./outcome.ts";
import { numbered } from "./test-id.ts";

const RESULT = /^( *)(not )?ok\b *\d* *(?:- *)?(.*)$/;
const SUBTEST = /^( *)# Subtest: (.+)$/;
const INDENT = 4;

interface Open {
  readonly depth: number;
  readonly name: string;
  readonly result: "passed" | "skipped" | "failed";
}

/** A result's name without its directive, which is the last `#` with a blank before it. */
function namedResult(not: boolean, rest: string): Omit<Open, "depth"> {
  const text = rest.replace(/ \{$/, "");
  const skipped = / # (?:TODO|SKIP)\b/i.test(text);
  const name = text.replace(/ # (?:(?:TODO|SKIP)\b.*|time=\S+)$/i, "").replaceAll("\\#", "#");
  return { name, result: skipped ? "skipped" : not ? "failed" : "passed" };
}

function depthOf(blanks: string): number {
  return Math.min(50, Math.floor(blanks.length / INDENT));
}

/** Whether a text says of itself that it is TAP: the first line, but for the lines in which npm names the script. */
export const isTap = (lines: readonly string[]): boolean =>
  /^TAP version 1[34]$/.test(lines.find((line) => line !== "" && !line.startsWith("> ")) ?? "");

export function readTap(text: string): Outcome | null {
  const lines = linesOf(text);
  const nesting = new Nesting();
  const open: Open[] = [];
  let yaml: string | null = null;
  let seen = false;
  for (const line of lines) {
    if (yaml !== null) {
      if (line === `${yaml}...`) yaml = null;
      continue;
    }
    const result = RESULT.exec(line);
    const subtest = SUBTEST.exec(line);
    if (seen && /^ +---$/.test(line)) yaml = line.slice(0, -3);
    else if (subtest !== null) nesting.open(depthOf(subtest[1] ?? ""), subtest[2] ?? "");
    else if (/^ *\}$/.test(line) && depthOf(line) === open.at(-1)?.depth) closeLast(open, nesting);
    else if (result !== null) {
      seen = true;
      const depth = depthOf(result[1] ?? "");
      const told = { depth, ...namedResult(result[2] !== undefined, result[3] ?? "") };
      if (!line.endsWith(" {")) nesting.close(depth, told.name, told.result);
      else if (open.push(told) > 0) nesting.open(depth, told.name);
    }
  }
  if (!seen || (!isTap(lines) && nesting.failing.length === 0)) return null;
  return outcomeOf("tap", numbered(nesting.failing), { passed: nesting.passed, skipped: nesting.skipped });
}

function closeLast(open: Open[], nesting: Nesting): void {
  const last = open.pop();
  if (last !== undefined) nesting.close(last.depth, last.name, last.result);
}
