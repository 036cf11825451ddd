import { plannerTask } from "../agent/context.ts";
import { PROMPTS } from "../agent/prompts.ts";
import { PLANNER_TOOLS } from "../agent/toolsets.ts";
import { JourneymanError } from "../core/errors.ts";
import type { EventOf } from "../core/events.ts";
import { Plan, planDigest } from "../core/plan.ts";
import { fenceWord } from "./conversing.ts";
import { costRange } from "./cost-range.ts";
import { intakeOf, type StageContext } from "./stage.ts";
import { visibleIssue } from "./visible-issue.ts";

/** Each plan that was asked for has a conversation of its own. */
export const planningId = (context: StageContext): string => `plan.${context.state().replans + 1}`;

/** The planner's task: the issue, what people asked for besides, and the plan that is to be replaced. */
export function beginPlanning(context: StageContext, test: string | null): EventOf<"conversation.started"> {
  const { guidance, supersededPlan, feedback } = context.state();
  const { settings, instructions } = intakeOf(context);
  const { model, effort } = settings.models.planner;
  const { issue } = visibleIssue(context);
  const revision = supersededPlan === null ? null : { plan: supersededPlan.plan, feedback: feedback ?? "" };
  const word = fenceWord(context);
  const text = plannerTask({ word, issue, instructions, testCommand: test, guidance, revision });
  return {
    type: "conversation.started",
    conversation: planningId(context),
    role: "planner",
    model,
    effort,
    system: PROMPTS.planner,
    tools: PLANNER_TOOLS.map((tool) => tool.definition),
    message: { role: "user", content: [{ type: "text", text }] },
  };
}

/** A submitted plan with what an approval of it will be bound to. */
export function propose(context: StageContext, input: unknown, test: string | null): EventOf<"plan.proposed"> {
  const parsed = Plan.safeParse(input);
  if (!parsed.success) throw new JourneymanError("plan_invalid", { reason: "it does not fit the plan's schema" });
  const plan = parsed.data;
  const { state } = context;
  const { baseSha, issueDigest, settings } = intakeOf(context);
  const revision = state().revisions + 1;
  const range = costRange(context.world.model.price(settings.models.executor.model), plan, settings);
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
