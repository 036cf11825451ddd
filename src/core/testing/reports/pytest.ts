import { linesOf, namesIn, sumOf } from "./lines.ts";
import { outcomeOf, type Outcome } from "./outcome.ts";
import { testId } from "./test-id.ts";

/**
 * A line of the summary: `FAILED tests/test_a.py::test_b[case] - assert 1 == 2`. A parameter may hold any character, ` - ` too, so
 * the brackets are read to their last end before the reason.
 */
const SUMMARY = /^(?:FAILED|ERROR) ([^\s:]+\.(?:py|txt|rst|md)(?:::[^[\s]+(?:\[.*?\](?= - |$))?)?)(?: - .*)?$/;
/** A line of the verbose report: `tests/test_a.py::test_b FAILED [ 50%]`. */
const VERBOSE = /^([^\s:]+\.py::[^[\s]+(?:\[.*?\])?) (?:FAILED|ERROR)\s*\[ *\d{1,3}%\]$/;
/** A file that could not be collected, for a run without summary: `____ ERROR collecting tests/test_a.py ____`. */
const COLLECTING = /^_+ ERROR collecting (\S+\.py) _+$/;
const COUNTS = /^(?:=+ )?(?:no tests ran|\d{1,9} \w+)(?:, \d{1,9} \w+)* in \d/;
const SKIPPED = /(\d{1,9}) (?:skipped|xfailed|deselected)\b/g;

/** Pytest's summary and verbose lines. Its own exit code is told by the caller. */
export function readPytest(text: string): Outcome | null {
  const lines = linesOf(text);
  const failing = new Set([...namesIn(lines, SUMMARY, VERBOSE, COLLECTING)].map((name) => testId(name)));
  const counts = lines.filter((line) => COUNTS.test(line));
  if (counts.length === 0) return outcomeOf("pytest", failing);
  const skipped = counts.flatMap((line) => [...line.matchAll(SKIPPED)].map(([, count]) => Number(count)));
  return outcomeOf("pytest", failing, {
    passed: sumOf(counts, /\b(\d{1,9}) passed\b/) ?? 0,
    skipped: skipped.reduce((sum, count) => sum + count, 0),
  });
}
