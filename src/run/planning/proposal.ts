import type { LoopEnd } from "../../agent/options.ts";
import { ceilingOf } from "../../core/money/ceiling.ts";
import { JourneymanError } from "../../core/errors.ts";
import type { EventOf, RunEvent } from "../../core/events.ts";
import { Plan, planDigest } from "../../core/plan.ts";
import { executorFor } from "../../core/settings/role.ts";
import { costRange } from "./cost-range.ts";
import { planningId } from "./planning.ts";
import { intakeOf, type StageContext } from "../stage.ts";
import { visibleIssue } from "./visible-issue.ts";

/** A submitted plan with what an approval of it will be bound to. */
function propose(context: StageContext, input: unknown, test: string | null): EventOf<"plan.proposed"> {
  const parsed = Plan.safeParse(input);
  if (!parsed.success) throw new JourneymanError("plan_invalid", { reason: "it does not fit the plan's schema" });
  const plan = parsed.data;
  const { state } = context;
  const { baseSha, issueDigest } = intakeOf(context);
  const revision = state().revisions + 1;
  const room = ceilingOf(state()) - state().costMicroUsd;
  const range = costRange(context.world.model.price(executorFor(state()).model), plan, room);
  return {
    type: "plan.proposed",
    revision,
    plan,
    digest: planDigest({ plan, revision, baseSha, issue: issueDigest }),
    baseSha,
    costLowMicroUsd: state().costMicroUsd + range.low,
    costHighMicroUsd: state().costMicroUsd + range.high,
    testCommand: test,
    hidden: visibleIssue(context).hidden,
  };
}

/** The fact that an end of the planning amounts to; null when it was stopped from outside. */
export function concludePlanning(context: StageContext, end: LoopEnd, test: string | null): RunEvent | null {
  switch (end.kind) {
    case "submitted":
      return propose(context, end.input, test);
    case "asked": {
      const { callId, questions } = end;
      return { type: "question.asked", conversation: planningId(context), callId, questions: [...questions] };
    }
    case "ended_without_submit":
      throw new JourneymanError("plan_invalid", { reason: "it answered with text instead of a plan" });
    case "stopped":
      return null;
  }
}
