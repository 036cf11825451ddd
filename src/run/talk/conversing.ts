import { answerTo, converse } from "../../agent/loop.ts";
import { answerOnce } from "../../agent/one-answer.ts";
import type { LoopEnd, LoopOptions } from "../../agent/options.ts";
import { RECAP_TOOLS } from "../../agent/recap.ts";
import type { RunEvent } from "../../core/events.ts";
import { type Conversing, optionsFor } from "./loop-options.ts";
import { NO_WORKSPACE } from "./no-workspace.ts";
import { roomFor } from "./room.ts";
import { visibleWords } from "../planning/visible-issue.ts";
import { required, type StageContext } from "../stage.ts";

/** Of a conversation that is over with its first answer. */
export type Answering = Pick<Conversing, "stage" | "conversation" | "share" | "answerTokens">;

/** What a conversation's tools reach besides the workspace. */
export type Reach = NonNullable<Conversing["reach"]>;

/** For conversations in which nothing can change the workspace. */
// eslint-disable-next-line require-yield -- there is nothing to be saved
export const NO_CHANGES: LoopOptions["afterTools"] = async function* () {};

/** Answers and money that a summary may take. */
const SUMMARY = { turns: 3, share: 0.2 };

/** The agent loop in a run. */
export function conversing(context: StageContext, wish: Conversing): AsyncGenerator<RunEvent, LoopEnd> {
  const side = { stage: wish.stage, open: NO_WORKSPACE, tools: RECAP_TOOLS, afterTools: NO_CHANGES, ...SUMMARY };
  const talk = (conversation: string) => conversing(context, { ...side, conversation });
  return converse({ ...optionsFor(context, wish), ...roomFor(context, wish, talk) });
}

/** One question and one answer, without tools. */
export const answering = (context: StageContext, wish: Answering): AsyncGenerator<RunEvent, LoopEnd> =>
  answerOnce(optionsFor(context, { ...wish, open: NO_WORKSPACE, tools: [], afterTools: NO_CHANGES }));

/** The answer of a person to an open question, quoted back to the model as the result of its call. */
export function* quoteAnswer(context: StageContext): Generator<RunEvent> {
  const { question, conversations } = context.state();
  if (question === null || question.answer === null) return;
  const conversation = required(conversations[question.conversation] ?? null, "conversation");
  const fact = answerTo(conversation, `A person answered: ${JSON.stringify(visibleWords(question.answer))}`);
  if (fact !== null) yield fact;
}
