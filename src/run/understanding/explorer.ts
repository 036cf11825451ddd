import { EXPLORER_TOOLS, explorerBrief } from "../../agent/understanding.ts";
import type { EventOf, RunEvent } from "../../core/events.ts";
import { roleFor } from "../../core/settings/role.ts";
import type { OpenWorkspace } from "../../ports/sandbox.ts";
import { begun } from "../talk/beginning.ts";
import { contained, type ContainedEnd } from "../talk/contained.ts";
import { conversing, NO_CHANGES } from "../talk/conversing.ts";
import { fenceWord } from "../talk/fence-word.ts";
import { intakeOf, required, type StageContext } from "../stage.ts";
import { visibleIssue } from "../planning/visible-issue.ts";

const MAX_TURNS = 20;
/** Thoughts included. */
const ANSWER_TOKENS = 8_000;
/** Of what the run has left, most that one reader may spend. */
const SHARE = 0.15;

/** A question of the router's, and its place among them. */
export interface Asked {
  readonly question: string;
  readonly place: number;
}

const routingOf = (context: StageContext) => required(context.state().routing, "routing");

/** Numbered after the routing that asked, so that a reader that is done stays done when a new plan is wanted. */
const explorerId = (context: StageContext, place: number): string =>
  `${routingOf(context).conversation.replace("route", "explore")}.${place + 1}`;

function beginExploring(context: StageContext, { question, place }: Asked): EventOf<"conversation.started"> {
  const { settings, instructions } = intakeOf(context);
  const { issue } = visibleIssue(context);
  const chosen = roleFor("explorer", settings, `difficulty ${routingOf(context).difficulty}, question ${place + 1}`);
  const brief = explorerBrief({ word: fenceWord(context), question, issue, instructions });
  return begun(explorerId(context, place), chosen, brief);
}

/** One reader with one question, to its end. One that is done already is not asked again: its open `submit` is its result. */
export async function* exploreOne(
  context: StageContext,
  open: OpenWorkspace,
  asked: Asked,
): AsyncGenerator<RunEvent, ContainedEnd> {
  const conversation = explorerId(context, asked.place);
  if (context.state().conversations[conversation] === undefined) yield beginExploring(context, asked);
  const limits = { turns: MAX_TURNS, share: SHARE, answerTokens: ANSWER_TOKENS };
  const tools = EXPLORER_TOOLS;
  const talk = conversing(context, {
    stage: "understand",
    conversation,
    open,
    tools,
    afterTools: NO_CHANGES,
    ...limits,
  });
  return yield* contained(talk);
}
