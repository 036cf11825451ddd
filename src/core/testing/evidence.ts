import type { TestReport } from "./test-report.ts";

/** How many times a failing change may be sent back to the executor. */
export const MAX_FIXES = 3;

/**
 * What a test run says of a change. `passed`: exit code 0, and no report names a failing test that the same success at the base commit did
 * not name as well. `accepted`: it fails, but every failing test is named, failed at the base commit too, and was declared as none of
 * this business. `failed`: anything else, a test that could not be named included.
 */
export type Verdict = "passed" | "accepted" | "failed";

const endedWell = (report: TestReport): boolean => report.ended === "exit" && report.exitCode === 0;

export function verdictOf(report: TestReport, baseline: TestReport | null, leftFailing: readonly string[]): Verdict {
  const before = new Set(baseline?.failing);
  // A pipe or an option can hide a failure from the exit code. A command that succeeded in spite of it before does not count that test.
  const overlooked = baseline !== null && endedWell(baseline) ? before : new Set<string>();
  if (endedWell(report) && report.failing.every((test) => overlooked.has(test))) return "passed";
  if (report.ended !== "exit" || report.failing.length === 0) return "failed";
  return report.failing.every((test) => leftFailing.includes(test) && before.has(test)) ? "accepted" : "failed";
}

/** Test ids by what a change did to them. */
export interface TestDifference {
  /** Failed before, and the whole command now ends with 0. That they still exist is not known here. */
  readonly fixed: readonly string[];
  readonly newlyFailing: readonly string[];
  readonly alreadyFailing: readonly string[];
}

export function compareTests(baseline: TestReport | null, report: TestReport): TestDifference {
  const before = new Set(baseline?.failing);
  const after = new Set(report.failing);
  return {
    fixed: endedWell(report) ? [...before].filter((test) => !after.has(test)) : [],
    newlyFailing: [...after].filter((test) => !before.has(test)),
    alreadyFailing: [...after].filter((test) => before.has(test)),
  };
}

/**
 * Whether running the same command once more on the same bytes could tell a flaky test from a broken one: only where a test is named that
 * did not fail before. A run that was ended from outside, or whose failure has no name, would only be paid for twice.
 */
export const worthRerun = (report: TestReport, baseline: TestReport | null): boolean =>
  report.ended === "exit" && compareTests(baseline, report).newlyFailing.length > 0;

/**
 * Of two runs of one command on the same bytes, the report that counts: the second, with those tests as flaky that failed in the first
 * only. Where the second does not tell which tests fail (it was ended, or names none and fails), it explains nothing away: the first counts.
 */
export function settle<Report extends TestReport>(first: Report, rerun: Report): Report {
  const tells = rerun.ended === "exit" && (rerun.exitCode === 0 || rerun.failing.length > 0);
  if (!tells) return first;
  const still = new Set(rerun.failing);
  const flaky = [...new Set(first.failing)].filter((test) => !still.has(test));
  return flaky.length === 0 ? rerun : { ...rerun, flaky: [...new Set([...(first.flaky ?? []), ...flaky])] };
}
