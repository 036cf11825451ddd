import { ROUTER_TOOLS } from "../../agent/understanding.ts";
import type { ErrorCode } from "../../core/errors.ts";
import type { RunEvent } from "../../core/events.ts";
import { Routing } from "../../core/understanding/routing.ts";
import type { BaseTree } from "../../ports/trees.ts";
import { contained, type ContainedEnd } from "../talk/contained.ts";
import { conversing, NO_CHANGES } from "../talk/conversing.ts";
import { NO_WORKSPACE } from "../talk/no-workspace.ts";
import { beginRouting, passAnswerOn, routingId, wordsOf } from "./router.ts";
import { intakeOf, type StageContext } from "../stage.ts";

/*
 * Sorting the issue: one small request to a cheap model. It never fails a run: without a usable answer the issue counts as medium.
 */

/** Reminders included. */
const MAX_TURNS = 4;
/** Thoughts included. */
const ANSWER_TOKENS = 4_000;

/** Without a word from anybody who may decide, work that nobody seems to want is asked about before it is planned. */
function questionAbout(context: StageContext, { kind, reason }: Routing): string | null {
  const asked = context.state().answers.some(({ conversation }) => conversation === routingId(context));
  if (asked || wordsOf(context) !== "") return null;
  const because = reason.trim().replace(/[.!]+$/, "");
  if (kind === "question")
    return `This reads like a question rather than a wish for a change (${because}). Should something be changed in this repository, and if so, what?`;
  if (kind === "not_for_us")
    return `This does not look like something that a change in this repository could bring about (${because}). Should I go on, and with what?`;
  return null;
}

const CAUSES: Partial<Record<ErrorCode, string>> = {
  budget_exhausted: "the router's budget was used up",
  model_refused: "the router declined to answer",
  model_rejected: "the router's model did not accept the request",
};

/** What an issue counts as that could not be sorted. */
function unsorted(end: ContainedEnd): Routing {
  const cause = (end.kind === "failed" && CAUSES[end.error.code]) || "the router gave no usable answer";
  const reason = `Not sorted, because ${cause}; it counts as medium.`;
  return { kind: "feature", difficulty: "medium", reason, unclear: [], explore: [], skills: [] };
}

/** Only skills that there are. */
function usable(context: StageContext, routing: Routing): Routing {
  const { skills = [] } = intakeOf(context);
  return { ...routing, skills: routing.skills.filter((name) => skills.some((skill) => skill.name === name)) };
}

function conclude(context: StageContext, end: ContainedEnd): RunEvent | null {
  if (end.kind === "stopped") return null;
  const conversation = routingId(context);
  if (end.kind !== "submitted") return { type: "issue.routed", conversation, ...unsorted(end) };
  const routing = usable(context, Routing.parse(end.input));
  const question = questionAbout(context, routing);
  return question === null
    ? { type: "issue.routed", conversation, ...routing }
    : { type: "question.asked", conversation, callId: end.callId, questions: [question] };
}

/** Has the issue sorted, or asks people whether it is meant for us. */
export async function* sortIssue(context: StageContext, base: BaseTree): AsyncGenerator<RunEvent, void> {
  const conversation = routingId(context);
  if (context.state().conversations[conversation] === undefined) yield beginRouting(context, base);
  yield* passAnswerOn(context);
  const talk = conversing(context, {
    stage: "understand",
    conversation,
    open: NO_WORKSPACE,
    tools: ROUTER_TOOLS,
    afterTools: NO_CHANGES,
    turns: MAX_TURNS,
    answerTokens: ANSWER_TOKENS,
  });
  const fact = conclude(context, yield* contained(talk));
  if (fact !== null) yield fact;
}
