import { executorTask } from "../../agent/context.ts";
import { PROMPTS } from "../../agent/prompts.ts";
import { executorTools } from "../../agent/toolsets.ts";
import type { EventOf } from "../../core/events.ts";
import { executorFor } from "../../core/settings/role.ts";
import { nextWorkingId, workingConversation } from "../../core/conversation/working.ts";
import { begun } from "../talk/beginning.ts";
import { fenceWord } from "../talk/fence-word.ts";
import { furtherOf } from "../talk/further.ts";
import { intakeOf, required, type StageContext } from "../stage.ts";

/** The conversation in which the plan is carried out, fixes included. */
export const workingIn = (context: StageContext) => required(workingConversation(context.state()), "conversation");

/** The executor that the difficulty asks for, with its task. */
export function beginWork(context: StageContext, test: string | null): EventOf<"conversation.started"> {
  const state = context.state();
  const { instructions, skills = [] } = intakeOf(context);
  const text = executorTask({
    word: fenceWord(context),
    plan: required(state.plan, "plan").plan,
    instructions,
    skills,
    skillsFirst: state.routing?.skills ?? [],
    testCommand: test,
    baseline: state.baseline,
    isBug: state.routing?.kind === "bug",
  });
  const brief = { system: PROMPTS.executor, tools: executorTools(furtherOf(context)), text };
  return begun(nextWorkingId(state), executorFor(state), brief);
}
