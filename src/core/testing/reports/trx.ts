import { outcomeOf, type Outcome } from "./outcome.ts";
import { numbered, testId } from "./test-id.ts";
import { parseXml } from "./xml.ts";

const FAILED = new Set(["Failed", "Error", "Timeout", "Aborted"]);
const SKIPPED = new Set(["NotExecuted", "Inconclusive", "Pending", "NotRunnable"]);

/** Visual Studio's test results, as `dotnet test --logger trx` writes them. */
export function readTrx(text: string): Outcome | null {
  const root = text.includes("<TestRun") ? parseXml(text) : null;
  if (root?.name !== "TestRun") return null;
  const results = root.children
    .filter(({ name }) => name === "Results")
    .flatMap(({ children }) => children)
    .filter(({ name }) => name === "UnitTestResult")
    .map(({ attributes }) => ({ id: testId(attributes["testName"] ?? ""), outcome: attributes["outcome"] ?? "" }));
  const failing = results.filter(({ outcome }) => FAILED.has(outcome)).map(({ id }) => id);
  return outcomeOf("trx", numbered(failing), {
    passed: results.filter(({ outcome }) => outcome === "Passed").length,
    skipped: results.filter(({ outcome }) => SKIPPED.has(outcome)).length,
  });
}
