import { linesOf, sumOf } from "./lines.ts";
import { outcomeOf, type Outcome } from "./outcome.ts";
import { numbered, testId } from "./test-id.ts";

const NUMBERED = /^ {2,8}\d{1,5}\) (.+)$/;
/** Lines over which the path to one test may be spread. */
const MAX_PARTS = 20;

/** Mocha numbers its failures and spreads a test's path over indented lines, the last of which ends with a colon. */
function failures(lines: readonly string[]): string[] {
  const names: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const parts = [NUMBERED.exec(lines[at] ?? "")?.[1] ?? ""];
    if (parts[0] === "") continue;
    while (parts.at(-1)?.endsWith(":") === false && parts.length < MAX_PARTS && (lines[at + 1] ?? "").trim() !== "")
      parts.push((lines[++at] ?? "").trim());
    if (parts.at(-1)?.endsWith(":") === true) names.push(testId(...parts).replace(/:$/, ""));
  }
  return names;
}

/** The summary of mocha's reports for people. */
export function readMocha(text: string): Outcome | null {
  const lines = linesOf(text);
  const start = lines.findIndex((line) => /^\s{1,8}\d{1,9} failing$/.test(line));
  const passed = sumOf(lines, /^\s{1,8}(\d{1,9}) passing(?: \(.*\))?$/);
  if (start === -1 && passed === null) return null;
  return outcomeOf("mocha", numbered(start === -1 ? [] : failures(lines.slice(start))), {
    passed: passed ?? 0,
    skipped: sumOf(lines, /^\s{1,8}(\d{1,9}) pending$/) ?? 0,
  });
}
