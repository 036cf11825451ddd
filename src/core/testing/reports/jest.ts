import { linesOf, sumOf } from "./lines.ts";
import { outcomeOf, type Outcome } from "./outcome.ts";
import { testId } from "./test-id.ts";

const FILE = /^FAIL (?:[\w -]{1,60} )?(?:\.\/)?(\S+\.\w+)(?: \(.*\))?$/;
const NOTHING = /^PASS /;
const TEST = /^ {2}● (.+)$/;
const NOT_TESTS = /^(?:Console|Cannot log after tests are done)/;
const UNLOADED = "Test suite failed to run";

/** Failures by file: jest names the file, then each of its failing tests after a dot. */
function failures(lines: readonly string[]): Set<string> {
  const names = new Set<string>();
  let file = "";
  for (const line of lines) {
    const next = FILE.exec(line)?.[1];
    if (next !== undefined) file = next;
    else if (NOTHING.test(line)) file = "";
    const name = TEST.exec(line)?.[1];
    if (name === undefined || NOT_TESTS.test(name)) continue;
    names.add(name === UNLOADED ? testId(file) : testId(file, ...name.split(" › ")));
  }
  return names;
}

/** Jest's reports for people. Large runs repeat their failures at the end: each counts once. */
export function readJest(text: string): Outcome | null {
  const lines = linesOf(text);
  const counts = lines.filter((line) => /^Tests: {2,8}\d/.test(line));
  const names = failures(lines);
  if (counts.length === 0 && !lines.some((line) => FILE.test(line))) return null;
  const skipped = counts.flatMap((line) =>
    [...line.matchAll(/(\d{1,9}) (?:skipped|todo)\b/g)].map(([, count]) => Number(count)),
  );
  return outcomeOf("jest", names, {
    passed: counts.length === 0 ? null : (sumOf(counts, /\b(\d{1,9}) passed\b/) ?? 0),
    skipped: counts.length === 0 ? null : skipped.reduce((sum, count) => sum + count, 0),
  });
}
