import { parseRecord, textOf } from "./json.ts";
import { outcomeOf, type Outcome } from "./outcome.ts";
import { testId } from "./test-id.ts";

const EVENT = /^\{"(?:Time|ImportPath|Action)":/;
const MAX_EVENTS = 200_000;

/** `go test -json`: one event a line. A package that fails without a failing test is named by itself. */
export function readGoJson(text: string): Outcome | null {
  const failing = new Set<string>();
  const packages = new Map<string, { tests: number }>();
  let events = 0;
  let passed = 0;
  let skipped = 0;
  for (const line of text.split("\n")) {
    if (!EVENT.test(line) || !line.includes('"Action":')) continue;
    if (++events > MAX_EVENTS) break;
    const event = parseRecord(line);
    const action = textOf(event?.["Action"]);
    const owner = textOf(event?.["Package"]) || textOf(event?.["ImportPath"]);
    const test = textOf(event?.["Test"]);
    const counts = packages.get(owner) ?? { tests: 0 };
    packages.set(owner, counts);
    if (action === "pass" && test !== "") passed++;
    if (action === "skip" && test !== "") skipped++;
    if (action !== "fail" && action !== "build-fail") continue;
    if (test !== "") counts.tests++;
    if (test !== "" || counts.tests === 0) failing.add(testId(owner, test));
  }
  return events === 0 ? null : outcomeOf("go-json", failing, { passed, skipped });
}
