import { linesOf } from "./lines.ts";
import { outcomeOf, type Outcome } from "./outcome.ts";
import { testId } from "./test-id.ts";

const TEST = /^ {0,40}--- (FAIL|PASS|SKIP): (\S+)/;
/** The line that ends a package's part: `FAIL	example.com/add	0.002s`, `ok  	example.com/sub	(cached)`. */
const PACKAGE = /^(FAIL|ok  |\?   )\t(\S+)(?:\t| (\[[\w ]+\])|$)/;

/** Go's report for people. A package that could not be built, or ended outside a test, is named by itself. */
export function readGo(text: string): Outcome | null {
  const failing = new Set<string>();
  let tests: string[] = [];
  let packages = 0;
  let told = 0;
  let passed = 0;
  let skipped = 0;
  for (const line of linesOf(text)) {
    const [, result, name = ""] = TEST.exec(line) ?? [];
    if (result !== undefined) told++;
    if (result === "FAIL") tests.push(name);
    if (result === "PASS") passed++;
    if (result === "SKIP") skipped++;
    const [, ending, owner = "", why] = PACKAGE.exec(line) ?? [];
    if (ending === undefined) continue;
    packages++;
    for (const test of tests) failing.add(testId(owner, test));
    if (ending === "FAIL" && tests.length === 0) failing.add(testId(`${owner} ${why ?? ""}`));
    tests = [];
  }
  for (const test of tests) failing.add(testId(test));
  // Only a verbose report names what passed.
  const counted = passed > 0 || (packages > 0 && told > 0 && failing.size === 0);
  return outcomeOf("go", failing, counted ? { passed, skipped } : {});
}
