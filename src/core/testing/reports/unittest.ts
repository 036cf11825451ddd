import { linesOf, namesIn, sumOf } from "./lines.ts";
import { outcomeOf, type Outcome } from "./outcome.ts";
import { testId } from "./test-id.ts";

/** `FAIL: test_b (test_a.Case.test_b) (i=2)`: a subtest's parameters are part of its name. */
const FAILED = /^(?:FAIL|ERROR): (\w+ \([\w.]+\)(?: \[[^\]]*\])?(?: \([^)]*\))?)/;
const RAN = /^Ran (\d{1,9}) tests? in \d/;
const RESULT = /^(?:OK|FAILED)(?: \(([\w ]+=\d{1,9}(?:, [\w ]+=\d{1,9})*)\))?$/;

/** The report of Python's own unittest. */
export function readUnittest(text: string): Outcome | null {
  const lines = linesOf(text);
  const failing = [...namesIn(lines, FAILED)].map((name) => testId(name));
  const ran = sumOf(lines, RAN);
  if (ran === null) return outcomeOf("unittest", failing);
  const results = lines.map((line) => RESULT.exec(line)?.[1] ?? "").filter((result) => result !== "");
  const skipped = sumOf(results, /\bskipped=(\d{1,9})/) ?? 0;
  const expected = sumOf(results, /\bexpected failures=(\d{1,9})/) ?? 0;
  // Several subtests of one test may fail: tests are counted by their name, not by the summary.
  const failed = new Set(failing.map((name) => /^\w+ \([\w.]+\)/.exec(name)?.[0] ?? name)).size;
  return outcomeOf("unittest", failing, {
    passed: Math.max(0, ran - skipped - expected - failed),
    skipped: skipped + expected,
  });
}
