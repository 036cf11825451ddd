import { PROMPTS } from "../../agent/prompts.ts";
import { RECAP_TOOLS, recapTask } from "../../agent/recap.ts";
import { middleOf } from "../../core/conversation/compaction.ts";
import type { Conversation } from "../../core/conversation/conversation.ts";
import type { EventOf } from "../../core/events.ts";
import { roleFor } from "../../core/settings/role.ts";
import { begun } from "./beginning.ts";
import { fenceWord } from "./fence-word.ts";
import { intakeOf, type StageContext } from "../stage.ts";

/** Of the limit on a conversation, how much the summariser is shown; and the most, in tokens. */
const SHOWN = 0.5;
const MOST_SHOWN = 40_000;

/** The messages that a summary of the answers before `beforeTurn` stands for. */
export const workOf = ({ transcript, task }: Conversation, beforeTurn: number) =>
  middleOf(transcript, task, beforeTurn);

/** Named after the place of the conversation that it sums up, so that two that are summed up side by side never share a name. */
function nextId({ state }: StageContext, of: Conversation): string {
  const { conversations } = state();
  const place = Object.keys(conversations).indexOf(of.id) + 1;
  const before = Object.values(conversations).filter(({ summarises }) => summarises?.conversation === of.id).length;
  return `summary.${place}.${before + 1}`;
}

/**
 * The conversation that was begun to sum this one up and has not been used yet, if the work was interrupted in it. One that reaches less
 * far is good enough to go on in the same conversation, not to leave it.
 */
export function begunSummary({ state }: StageContext, of: Conversation, beforeTurn: number): Conversation | undefined {
  return Object.values(state().conversations).find(
    ({ id, summarises }) =>
      summarises?.conversation === of.id &&
      !of.compactions.includes(id) &&
      (beforeTurn <= of.turn || summarises.beforeTurn >= beforeTurn),
  );
}

export function beginSummary(
  context: StageContext,
  of: Conversation,
  beforeTurn: number,
): EventOf<"conversation.started"> {
  const { settings } = intakeOf(context);
  const tokens = Math.min(MOST_SHOWN, settings.limits.context_tokens * SHOWN);
  const text = recapTask({ word: fenceWord(context), task: of.task, work: workOf(of, beforeTurn), tokens });
  const chosen = roleFor("writer", settings, `${of.id} grew long`);
  const fact = begun(nextId(context, of), chosen, { system: PROMPTS.summariser, tools: RECAP_TOOLS, text });
  return { ...fact, summarises: { conversation: of.id, beforeTurn } };
}
