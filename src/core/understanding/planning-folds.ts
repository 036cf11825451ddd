import type { EventOf } from "../events.ts";
import type { RunState } from "../state.ts";

/* What the facts on the way to a plan mean. */

type Changes = Partial<RunState>;

/** A new plan is owed: from a fresh snapshot of the issue and the base branch. */
export const replan = (state: RunState, feedback: string): Changes => ({
  intake: null,
  supersededIntake: state.intake ?? state.supersededIntake,
  supersededPlan: state.plan ?? state.supersededPlan,
  plan: null,
  approval: null,
  question: null,
  feedback,
  replans: state.replans + 1,
  stageStarts: {},
});

/** What was understood before stands as long as it is the same issue on the same commit. */
export function takeIn(state: RunState, event: EventOf<"intake.finished">): Changes {
  const before = state.supersededIntake;
  const same = before === null || (before.issueDigest === event.issueDigest && before.baseSha === event.baseSha);
  return {
    intake: event,
    supersededIntake: null,
    title: event.issue.title,
    ...(!same && { routing: null, exploration: null }),
  };
}

export const answerQuestion = ({ question, answers }: RunState, answer: string): Changes => {
  if (question === null) return {};
  const { conversation, questions } = question;
  return { question: { ...question, answer }, answers: [...answers, { conversation, questions, answer }] };
};
