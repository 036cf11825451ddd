import type { TestReport } from "./events.ts";

/** How many times a failing change may be sent back to the executor. */
export const MAX_FIXES = 3;

/**
 * What a test run says of a change. `passed`: exit code 0. `accepted`: it fails, but every failing test is named, failed at the base commit too,
 * and was declared as none of this business. `failed`: anything else, a test that could not be named included.
 */
export type Verdict = "passed" | "accepted" | "failed";

export function verdictOf(report: TestReport, baseline: TestReport | null, leftFailing: readonly string[]): Verdict {
  if (report.ended === "exit" && report.exitCode === 0) return "passed";
  if (report.ended !== "exit" || report.failing.length === 0) return "failed";
  const excused = (test: string): boolean => leftFailing.includes(test) && (baseline?.failing.includes(test) ?? false);
  return report.failing.every(excused) ? "accepted" : "failed";
}

/** Test ids by what a change did to them. */
export interface TestDifference {
  /** Failed before, and the whole command now ends with 0. That they still exist is not known here. */
  readonly fixed: readonly string[];
  readonly newlyFailing: readonly string[];
  readonly alreadyFailing: readonly string[];
}

export function compareTests(baseline: TestReport | null, report: TestReport): TestDifference {
  const before = new Set(baseline?.failing ?? []);
  const after = new Set(report.failing);
  return {
    fixed: report.ended === "exit" && report.exitCode === 0 ? [...before] : [],
    newlyFailing: [...after].filter((test) => !before.has(test)),
    alreadyFailing: [...after].filter((test) => before.has(test)),
  };
}
