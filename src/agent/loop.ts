import type { Conversation } from "../core/conversation/conversation.ts";
import { JourneymanError } from "../core/errors.ts";
import type { EventOf, RunEvent } from "../core/events.ts";
import { prepareCall } from "../tools/tool.ts";
import { runCalls } from "./calls.ts";
import { MAX_UNDECLARED } from "./guard.ts";
import { hasUnsavedWork, STOPPED, type LoopEnd, type LoopOptions } from "./options.ts";
import { CUT, cutOffBy, EMPTY, interrupted, NO_CALL } from "./replies.ts";
import { giveInstructions, keepWithinRoom, tooLong } from "./room.ts";
import { askModel } from "./turn.ts";

const MAX_TEXTS = 3;
const MAX_EMPTY = 3;
const MAX_CUT = 2;
const MAX_PAUSES = 5;
const MAX_OVERFLOWS = 4;
const MAX_BARREN = 8;

/**
 * A conversation from where its facts leave it to its end: answer the open calls, or ask the model; again and again. The contract is
 * with `LoopOptions`.
 */
export async function* converse(options: LoopOptions): AsyncGenerator<RunEvent, LoopEnd> {
  yield* settleInterruption(options);
  for (;;) {
    if (options.signal.aborted) return STOPPED;
    const conversation = options.current();
    refuseUnusable(conversation, options);
    if (conversation.pending.length > 0) {
      const end = yield* runCalls(options);
      if (end !== null) return end;
      continue;
    }
    if (conversation.answer?.open === true) {
      if (isTextOnly(conversation)) return { kind: "ended_without_submit", text: lastText(conversation) };
      yield* reply(conversation);
    }
    if ((yield* prepareRequest(options)) && (yield* ask(options)) !== "stopped") continue;
    return STOPPED;
  }
}

/** What the model is told of the folders it reached into, and what is taken out so that the next request fits. False when stopped. */
async function* prepareRequest({ current, room }: LoopOptions): AsyncGenerator<RunEvent, boolean> {
  if (room === undefined) return true;
  yield* giveInstructions({ current, room });
  return yield* keepWithinRoom({ current, room });
}

/** A request that the vendor refused as too long is no end where something can be taken out of it. */
async function* ask(options: LoopOptions): AsyncGenerator<RunEvent, "answered" | "stopped" | "too_long"> {
  try {
    return yield* askModel(options);
  } catch (thrown) {
    const isTooLong = thrown instanceof JourneymanError && thrown.code === "context_exceeded";
    if (!isTooLong || options.room === undefined) throw thrown;
    return "too_long";
  }
}

/** The fact that answers the open `submit` or `ask` of a conversation, so that it can go on. Null when there is none. */
export function answerTo(conversation: Conversation, content: string): EventOf<"tool.returned"> | null {
  const call = conversation.pending.at(-1);
  if (call === undefined) return null;
  const { id, turn } = conversation;
  return { type: "tool.returned", conversation: id, turn, callId: call.id, content, isError: false, durationMs: 0 };
}

/**
 * Work that was started after the last checkpoint is gone: the workspace was opened again from that checkpoint. Open calls that could
 * write are not run a second time but answered as cut off, and the model is told where it stands.
 */
async function* settleInterruption(options: LoopOptions): AsyncGenerator<RunEvent> {
  const conversation = options.current();
  if (!hasUnsavedWork(conversation, options.tools)) return;
  const { id, turn, savedTurn, pending } = conversation;
  for (const call of pending) {
    const prepared = prepareCall(options.tools, call);
    if (prepared.kind === "answered" || prepared.effect === "none") continue;
    const content = cutOffBy(savedTurn);
    yield { type: "tool.returned", conversation: id, turn, callId: call.id, content, isError: true, durationMs: 0 };
  }
  yield { type: "message.added", conversation: id, text: interrupted(savedTurn) };
  yield* options.afterTools(turn, true);
}

/** Throws for answers that no reply can mend, and for those that came too often. */
function refuseUnusable(conversation: Conversation, { stage, room }: LoopOptions): void {
  const { answer, barren, undeclared, pending } = conversation;
  if (undeclared >= MAX_UNDECLARED) throw unusable(undeclared, "calls to tools that do not exist");
  if (answer === null || !(answer.open || pending.length > 0)) return;
  const { kind, count } = answer;
  if (kind === "refused") throw new JourneymanError("model_refused", { stage });
  if (kind === "overflow" && (room === undefined || count >= MAX_OVERFLOWS)) throw tooLong(conversation);
  if (kind === "cut" && count >= MAX_CUT) throw unusable(count, "cut off by the limit on their length");
  if (kind === "empty" && count >= MAX_EMPTY) throw unusable(count, "empty");
  if (kind === "paused" && count > MAX_PAUSES) throw unusable(count, "paused");
  if (barren >= MAX_BARREN) throw unusable(barren, "without a usable tool call");
}

const unusable = (count: number, reason: string): JourneymanError =>
  new JourneymanError("model_unusable", { count, reason });

const isTextOnly = ({ answer }: Conversation): boolean => answer?.kind === "text" && answer.count >= MAX_TEXTS;

/** Of the answer that waits for a reply. */
const lastText = ({ transcript: { last } }: Conversation): string =>
  last.role === "user" ? "" : [...last.blocks].map((block) => (block.type === "text" ? block.text : "")).join("");

const REPLIES = { text: NO_CALL, empty: EMPTY, cut: CUT, overflow: CUT } as const;

/** One scripted reply for each kind of answer without a call; a paused one is simply continued. */
function* reply({ id, answer }: Conversation): Generator<RunEvent> {
  const kind = answer?.kind;
  if (kind !== "text" && kind !== "empty" && kind !== "cut" && kind !== "overflow") return;
  yield { type: "message.added", conversation: id, text: REPLIES[kind] };
}
