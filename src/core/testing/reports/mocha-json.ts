import { countOf, listOf, recordOf, reportsIn, textOf } from "./json.ts";
import { outcomeOf, type Outcome } from "./outcome.ts";
import { numbered, testId } from "./test-id.ts";

/** Mocha's JSON report. */
export function readMochaJson(text: string): Outcome | null {
  const report = reportsIn(text, '"stats"').find(
    (candidate) => countOf(recordOf(candidate["stats"])["passes"]) !== null && Array.isArray(candidate["failures"]),
  );
  if (report === undefined) return null;
  const stats = recordOf(report["stats"]);
  const failing = listOf(report["failures"]).map((test) => testId(textOf(recordOf(test)["fullTitle"])));
  return outcomeOf("mocha-json", numbered(failing), {
    passed: countOf(stats["passes"]),
    skipped: countOf(stats["pending"]),
  });
}
