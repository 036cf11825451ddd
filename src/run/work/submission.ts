import type { LoopEnd } from "../../agent/options.ts";
import { Work } from "../../agent/toolsets.ts";
import { JourneymanError } from "../../core/errors.ts";
import type { RunEvent } from "../../core/events.ts";

/** The fact that an end of the conversation amounts to; null when it was stopped from outside. */
export function concludeWork(conversation: string, end: LoopEnd): RunEvent | null {
  switch (end.kind) {
    case "submitted": {
      const { summary, left_failing: leftFailing } = Work.parse(end.input);
      return { type: "work.submitted", conversation, summary, leftFailing };
    }
    case "asked":
      return { type: "question.asked", conversation, callId: end.callId, questions: [...end.questions] };
    case "ended_without_submit":
      throw new JourneymanError("model_unusable", { count: 3, reason: "text instead of finished work" });
    case "stopped":
      return null;
  }
}
