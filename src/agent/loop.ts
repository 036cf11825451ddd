import type { Conversation } from "../core/conversation.ts";
import { JourneymanError } from "../core/errors.ts";
import type { EventOf, RunEvent } from "../core/events.ts";
import { estimateTokens } from "../core/limits.ts";
import { prepareCall } from "../tools/tool.ts";
import { runCalls } from "./calls.ts";
import { MAX_UNDECLARED } from "./guard.ts";
import { hasUnsavedWork, STOPPED, type LoopEnd, type LoopOptions } from "./options.ts";
import { CUT, cutOffBy, EMPTY, interrupted, NO_CALL } from "./replies.ts";
import { askModel } from "./turn.ts";

const MAX_TEXTS = 3;
const MAX_EMPTY = 3;
const MAX_CUT = 2;
const MAX_PAUSES = 5;
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
    if ((yield* askModel(options)) === "stopped") return STOPPED;
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
    if (prepared.kind === "answered" || prepared.tool.effect === "none") continue;
    const content = cutOffBy(savedTurn);
    yield { type: "tool.returned", conversation: id, turn, callId: call.id, content, isError: true, durationMs: 0 };
  }
  yield { type: "message.added", conversation: id, text: interrupted(savedTurn) };
  yield* options.afterTools(turn, true);
}

/** Throws for answers that no reply can mend, and for those that came too often. */
function refuseUnusable(conversation: Conversation, { stage, tools }: LoopOptions): void {
  const { answer, barren, exchanges, pending } = conversation;
  const undeclared = exchanges.filter(({ call }) => !tools.some(({ name }) => name === call.name)).length;
  if (undeclared >= MAX_UNDECLARED) throw unusable(undeclared, "calls to tools that do not exist");
  if (answer === null || !(answer.open || pending.length > 0)) return;
  const { kind, count } = answer;
  if (kind === "refused") throw new JourneymanError("model_refused", { stage });
  if (kind === "overflow") throw new JourneymanError("context_exceeded", { tokens: estimateTokens(conversation) });
  if (kind === "cut" && count >= MAX_CUT) throw unusable(count, "cut off by the limit on their length");
  if (kind === "empty" && count >= MAX_EMPTY) throw unusable(count, "empty");
  if (kind === "paused" && count > MAX_PAUSES) throw unusable(count, "paused");
  if (barren >= MAX_BARREN) throw unusable(barren, "without a usable tool call");
}

const unusable = (count: number, reason: string): JourneymanError =>
  new JourneymanError("model_unusable", { count, reason });

const isTextOnly = ({ answer }: Conversation): boolean => answer?.kind === "text" && answer.count >= MAX_TEXTS;

const lastText = ({ messages }: Conversation): string =>
  (messages.findLast(({ role }) => role === "assistant")?.content ?? [])
    .map((block) => (block.type === "text" ? block.text : ""))
    .join("");

const REPLIES = { text: NO_CALL, empty: EMPTY, cut: CUT } as const;

/** One scripted reply for each kind of answer without a call; a paused one is simply continued. */
function* reply({ id, answer }: Conversation): Generator<RunEvent> {
  const kind = answer?.kind;
  if (kind !== "text" && kind !== "empty" && kind !== "cut") return;
  yield { type: "message.added", conversation: id, text: REPLIES[kind] };
}
