import { executorTask, fixTask } from "../agent/context.ts";
import { answerTo } from "../agent/loop.ts";
import type { LoopEnd } from "../agent/options.ts";
import { PROMPTS } from "../agent/prompts.ts";
import { EXECUTOR_TOOLS, Work } from "../agent/toolsets.ts";
import { JourneymanError } from "../core/errors.ts";
import type { EventOf, RunEvent } from "../core/events.ts";
import { MAX_FIXES } from "../core/evidence.ts";
import { fenceWord } from "./conversing.ts";
import { intakeOf, required, type StageContext } from "./stage.ts";

/** The whole implementation is one conversation, fixes included. */
export const CONVERSATION = "implement.1";

export function beginWork(context: StageContext, test: string | null): EventOf<"conversation.started"> {
  const { state } = context;
  const { settings, instructions } = intakeOf(context);
  const { model, effort } = settings.models.executor;
  const text = executorTask({
    word: fenceWord(context),
    plan: required(state().plan, "plan").plan,
    instructions,
    testCommand: test,
    baseline: state().baseline,
  });
  return {
    type: "conversation.started",
    conversation: CONVERSATION,
    role: "executor",
    model: state().approval?.model ?? model,
    effort,
    system: PROMPTS.executor,
    tools: EXECUTOR_TOOLS.map((tool) => tool.definition),
    message: { role: "user", content: [{ type: "text", text }] },
  };
}

/** After a failed attempt: the open `submit` is answered with what the tests said, once per attempt. */
export function* askForFix(context: StageContext): Generator<RunEvent> {
  const { attempts, fixesAsked, baseline, conversations } = context.state();
  const report = attempts.at(-1) ?? null;
  if (report === null || fixesAsked >= attempts.length) return;
  const conversation = required(conversations[CONVERSATION] ?? null, "conversation");
  const attemptsLeft = MAX_FIXES + 1 - attempts.length;
  const failedBefore = baseline?.failing ?? [];
  const fact = answerTo(conversation, fixTask({ word: fenceWord(context), report, failedBefore, attemptsLeft }));
  if (fact !== null) yield { ...fact, isError: true, fix: attempts.length };
}

/** The fact that an end of the conversation amounts to; null when it was stopped from outside. */
export function concludeWork(end: LoopEnd): RunEvent | null {
  switch (end.kind) {
    case "submitted": {
      const { summary, left_failing: leftFailing } = Work.parse(end.input);
      return { type: "work.submitted", conversation: CONVERSATION, summary, leftFailing };
    }
    case "asked":
      return { type: "question.asked", conversation: CONVERSATION, callId: end.callId, questions: [...end.questions] };
    case "ended_without_submit":
      throw new JourneymanError("model_unusable", { count: 3, reason: "text instead of finished work" });
    case "stopped":
      return null;
  }
}
