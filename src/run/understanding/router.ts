import { answerTo } from "../../agent/loop.ts";
import { routerBrief } from "../../agent/understanding.ts";
import type { EventOf, RunEvent } from "../../core/events.ts";
import { overviewOf } from "../../core/understanding/overview.ts";
import { roleFor } from "../../core/settings/role.ts";
import type { BaseTree } from "../../ports/trees.ts";
import { begun } from "../talk/beginning.ts";
import { fenceWord } from "../talk/fence-word.ts";
import { intakeOf, type StageContext } from "../stage.ts";
import { visibleIssue, visibleWords } from "../planning/visible-issue.ts";

/** Each issue that is sorted anew has a conversation of its own. */
export const routingId = (context: StageContext): string => `route.${context.state().replans + 1}`;

/** What people with write access said with `/plan` or `/revise`. */
export function wordsOf(context: StageContext): string {
  const { guidance, feedback } = context.state();
  return [guidance, feedback ?? ""].filter((words) => words.trim() !== "").join("\n\n");
}

/** The router's task: the issue, and the repository from far away. */
export function beginRouting(context: StageContext, base: BaseTree): EventOf<"conversation.started"> {
  const { settings, skills = [] } = intakeOf(context);
  const brief = routerBrief({
    word: fenceWord(context),
    issue: visibleIssue(context).issue,
    guidance: wordsOf(context),
    overview: overviewOf([...base.files.keys()]),
    skills,
  });
  return begun(routingId(context), roleFor("router", settings, "every issue is sorted first"), brief);
}

/** A person's answer goes back to the router, which is asked once more. */
export function* passAnswerOn(context: StageContext): Generator<RunEvent> {
  const { question, conversations } = context.state();
  const conversation = conversations[routingId(context)];
  if (question === null || question.answer === null || question.conversation !== conversation?.id) return;
  const said = JSON.stringify(visibleWords(question.answer));
  const fact = answerTo(
    conversation,
    `A person was asked about it and answered: ${said}\nTheir wish counts. Call submit once more with this in mind.`,
  );
  if (fact !== null) yield fact;
}
