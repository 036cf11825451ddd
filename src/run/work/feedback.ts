import { fixTask } from "../../agent/context.ts";
import { answerTo } from "../../agent/loop.ts";
import { reviewFixTask } from "../../agent/review-context.ts";
import { fixesLeft, isVerified, reviewFixOwed } from "../../core/testing/attempts.ts";
import type { RunEvent } from "../../core/events.ts";
import { quoteAnswer } from "../talk/conversing.ts";
import { escalate } from "../talk/escalating.ts";
import { fenceWord } from "../talk/fence-word.ts";
import { workingIn } from "./executing.ts";
import type { StageContext } from "../stage.ts";

/*
 * What became of the executor's work: the answer to its open `submit`, once for each failed attempt and for each review that asks for a fix.
 */

/** After a failed attempt: what the tests said. */
function* tellFailure(context: StageContext): Generator<RunEvent> {
  const state = context.state();
  const report = state.attempts.at(-1) ?? null;
  if (report === null || state.fixesAsked >= state.attempts.length) return;
  const failedBefore = state.baseline?.failing ?? [];
  const task = fixTask({ word: fenceWord(context), report, failedBefore, attemptsLeft: fixesLeft(state) });
  const fact = answerTo(workingIn(context), task);
  if (fact !== null) yield { ...fact, isError: true, fix: state.attempts.length };
}

/** After a review of a change that passed: the findings that are worth a fix. */
function* tellReview(context: StageContext): Generator<RunEvent> {
  const { reviews, reviewsTold } = context.state();
  const review = reviews.at(-1);
  if (review === undefined || reviewsTold >= reviews.length) return;
  const fact = answerTo(workingIn(context), reviewFixTask(fenceWord(context), review));
  if (fact !== null) yield { ...fact, isError: true, review: reviews.length };
}

function* reportBack(context: StageContext): Generator<RunEvent> {
  if (!isVerified(context.state())) yield* tellFailure(context);
  else if (reviewFixOwed(context.state())) yield* tellReview(context);
}

/** Brings the executor up to date before it goes on: what people answered, what became of its work. `test` is the test command. */
export function* takeUp(context: StageContext, test: string | null): Generator<RunEvent> {
  yield* quoteAnswer(context);
  yield* escalate(context, test);
  yield* reportBack(context);
}
