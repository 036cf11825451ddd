import { type AnswerKind, answerKind } from "./answer-kind.ts";
import { clearResults } from "./clearing.ts";
import { compact } from "./compaction.ts";
import { type Conversation, NO_RELIEF } from "./conversation.ts";
import type { EventOf, RunEvent } from "../events.ts";
import type { Message, TextBlock, ToolResult, UserMessage } from "../messages.ts";
import { addSize, sizeOfAll } from "./size.ts";
import { addMessage, messagesOf, type Transcript } from "./transcript.ts";
import { sendable } from "./sendable.ts";

/*
 * A conversation folded from its facts. What holds at every moment, whatever the order of the facts:
 * C1 user and assistant messages alternate, a user message first;
 * C2 every tool call is answered by exactly one result, in the order of the calls, in the user message directly after it;
 * C3 texts come after the results, in the same user message;
 * C4 no request is built while calls are pending;
 * C5 blocks are only ever added at the end, so each request extends the one before it; `context.cleared` and `context.compacted` are
 *    the only facts that change what was sent before, and a switch of the model leaves the blocks alone.
 * A fact costs what it adds, however long the conversation is: lists share their storage (see sequence.ts), only C5's two cost its length.
 */

/** Facts of other conversations, and results nobody waits for, change nothing. */
export function evolveConversation(conversation: Conversation, event: RunEvent): Conversation {
  if (!("conversation" in event) || event.conversation !== conversation.id) return conversation;
  switch (event.type) {
    case "model.responded":
      return withAnswer(withoutPending(conversation), event);
    case "model.failed":
      return withFailure(conversation, event);
    case "tool.called":
      if (event.effect === "none" || event.effect === "end") return conversation;
      return { ...conversation, unsaved: [...new Set([...conversation.unsaved, event.name])] };
    case "tool.returned":
      return withResult(conversation, event);
    case "message.added":
      return withText(conversation, event.text);
    case "instructions.loaded":
      return withInstructions(conversation, event);
    case "model.switched":
      // Another vendor counts tokens in its own way.
      return { ...conversation, model: event.to, failures: 0, measured: null };
    case "checkpoint.saved":
      return { ...conversation, savedTurn: event.turn, unsaved: [] };
    case "context.cleared":
      return withoutResults(conversation, event);
    case "context.compacted":
      return withSummary(conversation, event);
    default:
      return conversation;
  }
}

function withAnswer(before: Conversation, event: EventOf<"model.responded">): Conversation {
  const kind = answerKind(event.message, event.stopReason);
  const content = sendable(event.message, before.turn + 1, (id) => before.callIds.has(id));
  const { usage } = event;
  const size = addSize(before.size, sizeOfAll(content));
  const input = usage.input + usage.cacheRead + usage.cacheWrite;
  const turn = before.turn + 1;
  return {
    ...before,
    transcript: content.length === 0 ? before.transcript : added(before, { role: "assistant", content }, turn),
    turn,
    pending: content.filter((block) => block.type === "tool_call"),
    latest: [],
    failures: 0,
    lastStop: event.stopReason,
    answer: { kind, count: before.answer?.kind === kind ? before.answer.count + 1 : 1, open: kind !== "calls" },
    barren: event.stopReason === "tool_use" && kind === "calls" ? 0 : before.barren + 1,
    size,
    measured: input === 0 ? before.measured : { tokens: input + usage.output, bound: size.tokens },
    relief: kind === "overflow" ? before.relief : NO_RELIEF,
    tooLong: kind === "overflow",
  };
}

const added = ({ transcript }: Conversation, message: Message, turn: number): Transcript =>
  addMessage(transcript, message, turn);

function withFailure(before: Conversation, { failure }: EventOf<"model.failed">): Conversation {
  if (failure === "cancelled") return before;
  if (failure === "astray") return { ...before, strays: before.strays + 1 };
  return { ...before, failures: before.failures + 1, tooLong: before.tooLong || failure === "context_exceeded" };
}

function withResult(before: Conversation, event: EventOf<"tool.returned">): Conversation {
  const call = before.pending.find(({ id }) => id === event.callId);
  if (call === undefined) return before;
  const result: ToolResult = {
    type: "tool_result",
    callId: call.id,
    content: event.content,
    isError: event.isError,
  };
  const exchange = { call, result };
  return closed({
    ...before,
    pending: before.pending.filter((other) => other !== call),
    latest: [...before.latest, exchange],
    exchanges: before.exchanges.with(exchange),
    callIds: before.callIds.with(call.id),
    undeclared: before.undeclared + (before.tools.some(({ name }) => name === call.name) ? 0 : 1),
    answer: before.answer === null ? null : { ...before.answer, open: false },
    size: addSize(before.size, sizeOfAll([result])),
  });
}

/** Once the last call is answered: one user message with the results in the order of the calls, then the texts that waited. */
function closed(conversation: Conversation): Conversation {
  if (conversation.pending.length > 0) return conversation;
  const { last } = conversation.transcript;
  const results = new Map(conversation.latest.map(({ call, result }) => [call.id, result]));
  const asked = last.role === "assistant" ? last.blocks.toArray() : [];
  const ordered = asked.flatMap((block) => (block.type === "tool_call" ? (results.get(block.id) ?? []) : []));
  const message: UserMessage = { role: "user", content: [...ordered, ...conversation.notes.map(textBlock)] };
  return { ...conversation, transcript: added(conversation, message, conversation.turn), notes: [] };
}

function withText(before: Conversation, text: string): Conversation {
  if (text.trim() === "") return before;
  const size = addSize(before.size, sizeOfAll([textBlock(text)]));
  const answer = before.answer === null ? null : { ...before.answer, open: false };
  if (before.pending.length > 0) return { ...before, size, answer, notes: [...before.notes, text] };
  const message: UserMessage = { role: "user", content: [textBlock(text)] };
  return { ...before, size, answer, transcript: added(before, message, before.turn) };
}

function withInstructions(before: Conversation, { path, text }: EventOf<"instructions.loaded">): Conversation {
  const { answer } = before;
  const instructions = [...before.instructions, { path, turn: before.turn }];
  // Guidance is no reply to an answer: one that waits for its reply waits on.
  return { ...withText(before, text), answer, instructions };
}

function withoutResults(before: Conversation, { beforeTurn }: EventOf<"context.cleared">): Conversation {
  const { transcript, freed } = clearResults(before.transcript, beforeTurn);
  const size = { bytes: before.size.bytes - freed.bytes, tokens: before.size.tokens - freed.tokens };
  const relief = { ...before.relief, clearings: before.relief.clearings + 1 };
  return { ...before, transcript, size, relief, tooLong: false };
}

function withSummary(before: Conversation, { keepFromTurn, summary, by }: EventOf<"context.compacted">): Conversation {
  const isOpen = before.pending.length > 0;
  const transcript = compact(before.transcript, before.task, { keepFromTurn, summary, isOpen });
  const waiting = [...(isOpen ? before.latest.map(({ result }) => result) : []), ...before.notes.map(textBlock)];
  const sizes = messagesOf(transcript).map(({ content }) => sizeOfAll(content));
  return {
    ...before,
    transcript,
    size: sizes.reduce(addSize, sizeOfAll(waiting)),
    // What is not in the transcript any more is given again when it is needed again.
    instructions: before.instructions.filter(({ turn }) => turn >= keepFromTurn),
    compactions: [...before.compactions, by],
    relief: { ...before.relief, compactions: before.relief.compactions + 1 },
    tooLong: false,
  };
}

/** An answer on top of open calls cannot come from our own loop; the calls are closed so that C2 holds even then. */
function withoutPending(conversation: Conversation): Conversation {
  return conversation.pending.reduce(
    (before, call) =>
      withResult(before, {
        type: "tool.returned",
        conversation: before.id,
        turn: before.turn,
        callId: call.id,
        content: "No result of this call was recorded.",
        isError: true,
        durationMs: 0,
      }),
    conversation,
  );
}

const textBlock = (text: string): TextBlock => ({ type: "text", text });

/** Answers with which the work waits for a person. */
const STUCK: ReadonlySet<AnswerKind> = new Set(["refused", "overflow", "cut", "empty", "paused", "text"]);

const GO_ON = "A person has looked at this and wants you to go on with the task.";

const isStuck = ({ answer, tooLong }: Conversation): boolean =>
  tooLong || (answer !== null && answer.open && STUCK.has(answer.kind));

/** A conversation that waited for a person may go on: what was counted against it is forgotten, and the model is told who wants it. */
function reopen(conversation: Conversation): Conversation {
  if (!isStuck(conversation)) return conversation;
  const told = evolveConversation(conversation, { type: "message.added", conversation: conversation.id, text: GO_ON });
  return { ...told, answer: null, barren: 0, undeclared: 0, tooLong: false, relief: NO_RELIEF };
}

/** The same conversations once a person wants the run to go on. */
export const reopened = (conversations: Readonly<Record<string, Conversation>>): Record<string, Conversation> =>
  Object.fromEntries(Object.entries(conversations).map(([id, conversation]) => [id, reopen(conversation)]));
