import { clearResults } from "./clearing.ts";
import { middleOf } from "./compaction.ts";
import type { Conversation } from "./conversation.ts";
import { estimateTokens } from "../money/limits.ts";
import { sizeOfAll } from "./size.ts";
import { placedMessages } from "./transcript.ts";

/*
 * What a conversation that grows long needs before its next request. Whatever is taken out makes the vendor's cache worthless from there
 * on, so it is done seldom and in large steps: R1 nothing below 70 % of the limit; R2 results are cleared only when that frees a quarter of
 * the limit; R3 at the limit the middle is summed up, if that frees a tenth of it; R4 after two summaries the work goes on in a fresh
 * conversation, where that is possible; R5 a request that the vendor refused as too long is never sent again: each step takes out more,
 * until there is nothing left to take out.
 */

const CLEAR_AT = 0.7;
const CLEAR_GAIN = 0.25;
/** Results of so many of the newest answers stay. */
const KEPT_ANSWERS = 4;
const COMPACT_GAIN = 0.1;
/** What stays beside a summary, as a part of the limit; the newest answer stays even if it alone is up to `LARGEST_ANSWER` of it. */
const TAIL = 0.2;
const LARGEST_ANSWER = 0.5;
/** In one conversation before the hand-off, and in a row without an answer. */
const MAX_COMPACTIONS = 2;

export interface Bounds {
  /** The limit, in tokens. */
  readonly tokens: number;
  /** Whether the work may go on in a fresh conversation. */
  readonly handsOff: boolean;
}

export type Relief =
  | { readonly kind: "none" }
  | { readonly kind: "clear"; readonly beforeTurn: number; readonly results: number; readonly bytes: number }
  | { readonly kind: "compact"; readonly keepFromTurn: number }
  | { readonly kind: "hand_off" }
  /** Nothing helps any more. */
  | { readonly kind: "exceeded" };

const NONE: Relief = { kind: "none" };

export function reliefFor(conversation: Conversation, bounds: Bounds): Relief {
  if (conversation.pending.length > 0) return NONE;
  if (conversation.tooLong) return refused(conversation, bounds);
  const { answer, compactions, relief } = conversation;
  // A paused answer is still going on.
  const isPaused = answer?.kind === "paused" && answer.open;
  const tokens = estimateTokens(conversation);
  if (isPaused || tokens < bounds.tokens * CLEAR_AT) return NONE;
  const cleared = clearing(conversation, conversation.turn - KEPT_ANSWERS + 1, bounds.tokens * CLEAR_GAIN);
  if (cleared !== null) return cleared;
  if (tokens < bounds.tokens) return NONE;
  if (bounds.handsOff && compactions.length >= MAX_COMPACTIONS) return { kind: "hand_off" };
  if (relief.compactions >= MAX_COMPACTIONS) return NONE;
  const keepFromTurn = firstOfTail(conversation, bounds.tokens);
  const gain = droppedTokens(conversation, keepFromTurn);
  return gain < bounds.tokens * COMPACT_GAIN ? NONE : { kind: "compact", keepFromTurn };
}

function refused(conversation: Conversation, { tokens, handsOff }: Bounds): Relief {
  const { relief, turn, compactions } = conversation;
  const cleared =
    (relief.clearings === 0 ? clearing(conversation, turn, 0) : null) ?? clearing(conversation, turn + 1, 0);
  if (cleared !== null) return cleared;
  const canLeave = handsOff && turn > 0;
  if (canLeave && compactions.length >= MAX_COMPACTIONS) return { kind: "hand_off" };
  const tails = [firstOfTail(conversation, tokens), turn + 1].slice(relief.compactions, MAX_COMPACTIONS);
  const keepFromTurn = tails.find((from) => droppedTokens(conversation, from) > 0);
  if (keepFromTurn !== undefined) return { kind: "compact", keepFromTurn };
  return canLeave ? { kind: "hand_off" } : { kind: "exceeded" };
}

/** The clearing of the answers before `beforeTurn`, if it frees more than `least` tokens. */
function clearing({ transcript }: Conversation, beforeTurn: number, least: number): Relief | null {
  const { results, freed } = clearResults(transcript, beforeTurn);
  if (results === 0 || freed.tokens < least) return null;
  return { kind: "clear", beforeTurn, results, bytes: freed.bytes };
}

/** The turn from which answers stay: as many of the newest as fit in the tail. */
function firstOfTail({ transcript, turn }: Conversation, limit: number): number {
  let from = turn + 1;
  let tokens = 0;
  for (const { turn: at, message } of placedMessages(transcript).toReversed()) {
    tokens += sizeOfAll(message.content).tokens;
    if (tokens > limit * (from > turn ? LARGEST_ANSWER : TAIL)) break;
    if (message.role === "assistant") from = at;
  }
  return from;
}

/** Tokens of the answers, with their results, that a summary would stand for; an earlier summary does not count. */
function droppedTokens({ transcript, task }: Conversation, keepFromTurn: number): number {
  const dropped = middleOf(transcript, task, keepFromTurn).filter(({ turn }) => turn > 0);
  return dropped.reduce((sum, { message }) => sum + sizeOfAll(message.content).tokens, 0);
}
