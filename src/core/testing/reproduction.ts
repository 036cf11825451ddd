import { isVerified } from "./attempts.ts";
import type { Change, ChangedFile } from "../change/change.ts";
import { isTest } from "../change/policy.ts";
import type { RunState } from "../state.ts";
import type { TestReport } from "./test-report.ts";

/*
 * A test for a bug must fail without the change and pass with it. The orchestrator proves it: the change's tests alone, on the base.
 */

/** Whether a change adds or alters a test. */
export const isChangedTest = (change: Change): change is ChangedFile =>
  change.status !== "deleted" && isTest(change.path);

/** Added and changed tests of the last change that passed, sorted. */
export const testsOf = ({ green }: Pick<RunState, "green">): string[] =>
  (green?.checkpoint?.changes ?? [])
    .filter(isChangedTest)
    .map(({ path }) => path)
    .toSorted();

/** Only for a bug, only with tests, and once for each change that passed. */
export const reproductionOwed = (state: RunState): boolean =>
  state.routing?.kind === "bug" &&
  isVerified(state) &&
  (state.attempts.at(-1) ?? null) !== null &&
  state.reproduction?.report.attempt !== state.attempts.length &&
  testsOf(state).length > 0;

export interface Proof {
  readonly reproduced: boolean;
  /** Tests that fail without the change and pass with it; empty where the output names none. */
  readonly tests: readonly string[];
}

/** What trying the tests of the last attempt on the base showed; null when that was not tried. */
export function shownProof({
  reproduction,
  attempts,
}: RunState): (Proof & { readonly files: readonly string[] }) | null {
  const report = attempts.at(-1) ?? null;
  if (report === null || reproduction?.report.attempt !== attempts.length) return null;
  const { files, reproduced } = reproduction;
  return { files, reproduced, tests: proofOf(reproduction.report, report).tests };
}

/** `onBase`: the change's tests on the base; `withChange`: on the change. A test that fails in both proves nothing. */
export function proofOf(onBase: TestReport, withChange: TestReport): Proof {
  if (onBase.ended === "exit" && onBase.exitCode === 0 && onBase.failing.length === 0)
    return { reproduced: false, tests: [] };
  const after = new Set(withChange.failing);
  const tests = onBase.failing.filter((test) => !after.has(test));
  return { reproduced: onBase.failing.length === 0 ? after.size === 0 : tests.length > 0, tests };
}
