import { linesOf, sumOf } from "./lines.ts";
import { outcomeOf, type Outcome } from "./outcome.ts";
import { numbered, testId } from "./test-id.ts";

const FAILED = /^test (\S.*?) \.\.\. FAILED$/;
/** `     Running tests/cli.rs (target/debug/deps/cli-0f1a…)`, `   Doc-tests sums` */
const TARGET = /^ {3,5}(?:Running (?:unittests )?(\S+) \(|Doc-tests )/;
const NOT_BUILT = /^error: could not compile `([^`]{1,200})`(?: \(([^)]{1,200})\))?/;

/** Cargo's report. A crate that does not build is named by itself; names carry the file of their target, but for the library's own. */
export function readCargo(text: string): Outcome | null {
  const lines = linesOf(text);
  const failing: string[] = [];
  let target = "";
  for (const line of lines) {
    const running = TARGET.exec(line);
    if (running !== null) target = /^src\/lib\.rs$/.test(running[1] ?? "") ? "" : (running[1] ?? "");
    const name = FAILED.exec(line)?.[1];
    // Doc-tests are named by file and line; the line moves with every change above it.
    if (name !== undefined) failing.push(testId(target, name.replace(/ \(line \d+\)/, "")));
    const [, crate, what = ""] = NOT_BUILT.exec(line) ?? [];
    if (crate !== undefined) failing.push(testId(`could not compile ${crate} ${what}`));
  }
  return outcomeOf("cargo", numbered(failing), {
    passed: sumOf(lines, /^test result: \w+\. (\d{1,9}) passed;/),
    skipped: sumOf(lines, /^test result: .*; (\d{1,9}) ignored;/),
  });
}
