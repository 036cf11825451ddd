import { fixTask } from "../../agent/context.ts";
import { handOffText } from "../../agent/recap.ts";
import { reviewFixTask } from "../../agent/review-context.ts";
import { fixesLeft, isVerified, reviewFixOwed } from "../../core/testing/attempts.ts";
import type { EventOf } from "../../core/events.ts";
import type { Effort } from "../../core/messages.ts";
import { beginWork, workingIn } from "../work/executing.ts";
import { fenceWord } from "./fence-word.ts";
import type { StageContext } from "../stage.ts";

export interface HandOff {
  readonly cause: "context" | "escalation";
  readonly model: string;
  readonly effort: Effort;
  /** Why, and why this model. */
  readonly reason: string;
  /** What was done so far, as `notesOf` gives it. */
  readonly notes: string;
  /** The test command; null when there is none. */
  readonly test: string | null;
}

/** What became of the last submission, if it was not accepted. */
function reportOf(context: StageContext): string {
  const state = context.state();
  const word = fenceWord(context);
  const review = state.reviews.at(-1);
  if (review !== undefined && reviewFixOwed(state)) return reviewFixTask(word, review);
  const report = state.attempts.at(-1) ?? null;
  if (report === null || isVerified(state)) return "";
  return fixTask({ word, report, failedBefore: state.baseline?.failing ?? [], attemptsLeft: fixesLeft(state) });
}

/**
 * The conversation in which the work goes on: the same task in a fresh context, with notes and the last report. Open calls of the
 * conversation before are left as they are; nobody asks for them any more.
 */
export function handOff(context: StageContext, how: HandOff): EventOf<"conversation.started"> {
  const { cause, model, effort, reason } = how;
  const begun = beginWork(context, how.test);
  const text = handOffText(how.notes, reportOf(context));
  return {
    ...begun,
    role: workingIn(context).role,
    model,
    effort,
    reason,
    message: { role: "user", content: [...begun.message.content, { type: "text", text }] },
    continues: { conversation: workingIn(context).id, cause },
  };
}

/** The work goes on in a fresh context, with the same model. */
export function goOn(context: StageContext, notes: string, test: string | null): EventOf<"conversation.started"> {
  const { model, effort } = workingIn(context);
  return handOff(context, { cause: "context", model, effort, reason: "the conversation grew too long", notes, test });
}
