import { MAX_FIXES, verdictOf } from "./evidence.ts";
import { asksForFix } from "../review.ts";
import type { RunState } from "../state.ts";
import type { TestReport } from "./test-report.ts";

/*
 * Submissions and what the tests said of them: attempt n is the verification of submission n.
 * Invariant: a change that passed once is never lost. `green` holds it, whatever is tried afterwards.
 */

type Tested = Pick<RunState, "attempts" | "submissions" | "green">;

/** The fold of one more attempt; `report` is null where there is no test command. */
export function withAttempt(
  state: RunState,
  report: TestReport | null,
): Pick<RunState, "attempts" | "green" | "failures"> {
  const attempts = [...state.attempts, report];
  const leftFailing = state.submissions[attempts.length - 1]?.leftFailing ?? [];
  const failed = report !== null && verdictOf(report, state.baseline, leftFailing) === "failed";
  if (failed) return { attempts, green: state.green, failures: state.failures + 1 };
  return { attempts, green: { attempt: attempts.length, checkpoint: state.checkpoint }, failures: state.failures };
}

/** Whether the last submission passed what tests there are; false while it was not tested yet. */
export const isVerified = ({ attempts, submissions, green }: Tested): boolean =>
  green !== null && green.attempt === attempts.length && attempts.length >= submissions.length;

/** Attempts that are left to a failing change: so often it is still sent back to the executor. */
export const fixesLeft = ({ failures }: Pick<RunState, "failures">): number => Math.max(0, MAX_FIXES + 1 - failures);

/** The files that are published: those that passed last, else those of the last checkpoint, for a draft. */
export const publishedCheckpoint = ({ green, checkpoint }: Pick<RunState, "green" | "checkpoint">) =>
  green === null ? checkpoint : green.checkpoint;

/** The attempt that is published, counted from 1; 0 when there is none. */
export const publishedAttempt = ({ green, attempts }: Pick<RunState, "green" | "attempts">): number =>
  green === null ? attempts.length : green.attempt;

/** Each change is reviewed once, when it has passed, if there is anything to review; never once its publication has begun. */
export const reviewOwed = ({ intake, green, reviews, abandoned, effects }: RunState): boolean =>
  intake?.settings.review.enabled === true &&
  reviews.length === 0 &&
  abandoned.review === undefined &&
  effects["commit"] === undefined &&
  (green?.checkpoint?.changes.length ?? 0) > 0;

/** Whether the reviewer found something worth one more fix, and none was submitted or given up since. */
export const reviewFixOwed = ({ reviews, reviewedAttempt, attempts, abandoned }: RunState): boolean =>
  abandoned.implement === undefined &&
  reviewedAttempt === attempts.length &&
  (reviews.at(-1)?.findings.some(asksForFix) ?? false);
