import { fixesLeft } from "../core/testing/attempts.ts";
import { asksForFix, type Finding } from "../core/review.ts";
import type { RunState } from "../core/state.ts";
import { code, counted, list, paragraphs, quoted, safeLine } from "./frame.ts";

/** Characters of one finding's explanation; the whole is in the journal. */
const DETAIL_CHARS = 700;

/** Why a stage came to no end, where a few words say it better than the code's own sentence, which is about the whole run. */
const CAUSES: Readonly<Record<string, string>> = {
  budget_exhausted: "the budget for it was used up",
  day_budget_exhausted: "the budget of the day was used up",
  turn_limit: "it used all its turns",
  time_limit: "its time was used up",
  stage_time_limit: "its time was used up",
  model_refused: "the model declined",
  model_unusable: "the model's answers could not be used",
  model_unavailable: "the model did not answer",
  model_unauthorized: "the model refused the API key",
  price_unknown: "the price of its model is not known",
  call_keeps_failing: "the model made the same failing call again and again",
  loop_detected: "the model went in circles",
  context_exceeded: "it no longer fits the model's window",
  change_refused: "what it made could not be published",
  crash_budget: "the worker stopped at it again and again",
};

const cause = (name: string): string => CAUSES[name] ?? code(name);

function finding(state: RunState, { severity, path, line, title, detail }: Finding): string {
  const place = code(line === null ? path : `${path}:${line}`);
  const whole = detail.length > DETAIL_CHARS ? `${detail.slice(0, DETAIL_CHARS)}…` : detail;
  return `**${severity}** ${place}: ${safeLine(state, title)} (${safeLine(state, whole)})`;
}

/** What came of the findings that ask for a fix. */
function outcome(state: RunState): string {
  const { reviews, reviewedAttempt, green, abandoned } = state;
  if (!(reviews.at(-1)?.findings.some(asksForFix) ?? false)) return "";
  if (green !== null && green.attempt > reviewedAttempt)
    return "After this review the change was worked on once more and tested again. What was done then was not reviewed a second time.";
  const asReviewed = "so the change is published as it was reviewed.";
  if (abandoned.implement !== undefined)
    return `A fix was begun after this review and came to no end (${cause(abandoned.implement.code)}), ${asReviewed}`;
  if (fixesLeft(state) === 0) return `A fix was tried after this review, but its tests fail, ${asReviewed}`;
  return "";
}

/** The review as a step of the status comment: whether it is done, and in a few words what came of it. None where reviews are switched off. */
export function reviewStep({ intake, reviews, abandoned }: RunState): readonly (readonly [boolean, string])[] {
  if (intake?.settings.review.enabled !== true) return [];
  const [given, review] = [abandoned.review, reviews.at(-1)];
  if (review === undefined)
    return [[given !== undefined, given === undefined ? "change reviewed" : "gone on without a review"]];
  const { length } = review.findings;
  return [[true, length === 0 ? "change reviewed, nothing found" : `change reviewed, ${counted(length, "finding")}`]];
}

/** What a reviewer found in the change and what came of it; empty text when reviews are switched off. */
export function reviewSection(state: RunState): string {
  const review = state.reviews.at(-1);
  if (review === undefined) {
    const { review: given } = state.abandoned;
    return given === undefined ? "" : `**Not reviewed:** ${cause(given.code)}. The change was tested all the same.`;
  }
  const model = state.conversations[review.conversation]?.model;
  return paragraphs(
    `A reviewer who saw only the issue, the plan, the change and its tests${model === undefined ? "" : ` (${code(model)})`} says:`,
    quoted(state, review.summary),
    review.findings.length === 0
      ? "It found nothing to mend."
      : list(review.findings.map((one) => finding(state, one))),
    outcome(state),
  );
}
