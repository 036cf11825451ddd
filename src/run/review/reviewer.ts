import { reviewerBrief } from "../../agent/review-context.ts";
import { type DiffedFile, diffsOf } from "../../core/text/diff-text.ts";
import type { EventOf } from "../../core/events.ts";
import { shownProof } from "../../core/testing/reproduction.ts";
import { roleFor } from "../../core/settings/role.ts";
import { begun } from "../talk/beginning.ts";
import { fenceWord } from "../talk/fence-word.ts";
import { intakeOf, required, type StageContext } from "../stage.ts";
import { visibleIssue } from "../planning/visible-issue.ts";

/** Each review has a conversation of its own, which knows nothing of the executor's. */
export const reviewId = (context: StageContext): string => `review.${context.state().reviews.length + 1}`;

/** The reviewer's task: the issue, the plan, the diff of the checked bytes, and what the tests said. */
export function beginReview(context: StageContext, files: readonly DiffedFile[]): EventOf<"conversation.started"> {
  const state = context.state();
  const { settings, instructions } = intakeOf(context);
  const brief = reviewerBrief({
    word: fenceWord(context),
    issue: visibleIssue(context).issue,
    plan: required(state.plan, "plan").plan,
    instructions,
    diffs: diffsOf(files),
    baseline: state.baseline,
    report: state.attempts.at(-1) ?? null,
    reproduction: shownProof(state),
  });
  return begun(reviewId(context), roleFor("reviewer", settings, "a tested change needs fresh eyes"), brief);
}
