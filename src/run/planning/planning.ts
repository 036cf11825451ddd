import { plannerTask } from "../../agent/context.ts";
import { PROMPTS } from "../../agent/prompts.ts";
import { plannerTools } from "../../agent/toolsets.ts";
import type { EventOf } from "../../core/events.ts";
import { roleFor } from "../../core/settings/role.ts";
import { begun } from "../talk/beginning.ts";
import { fenceWord } from "../talk/fence-word.ts";
import { furtherOf } from "../talk/further.ts";
import { intakeOf, type StageContext } from "../stage.ts";
import { visibleIssue } from "./visible-issue.ts";

/** Each plan that was asked for has a conversation of its own. */
export const planningId = (context: StageContext): string => `plan.${context.state().replans + 1}`;

/** The planner's task: the issue, what people asked for besides, what was found out, and the plan that is to be replaced. */
export function beginPlanning(context: StageContext, test: string | null): EventOf<"conversation.started"> {
  const { guidance, supersededPlan, feedback, answers, routing, exploration } = context.state();
  const { settings, instructions, skills = [] } = intakeOf(context);
  const { issue } = visibleIssue(context);
  const revision = supersededPlan === null ? null : { plan: supersededPlan.plan, feedback: feedback ?? "" };
  const asked = { issue, guidance, answers, revision };
  const known = { instructions, testCommand: test, routing, exploration, skills };
  const text = plannerTask({ word: fenceWord(context), ...asked, ...known });
  const brief = { system: PROMPTS.planner, tools: plannerTools(furtherOf(context)), text };
  return begun(planningId(context), roleFor("planner", settings, "every issue is planned by it"), brief);
}
