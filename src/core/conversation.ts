import { JourneymanError } from "./errors.ts";
import type { EventOf, RunEvent } from "./events.ts";
import type { AssistantMessage, Effort, Message, ModelRequest, StopReason, TextBlock } from "./messages.ts";
import type { ToolCall, ToolDefinition, ToolResult, UserMessage } from "./messages.ts";

/*
 * A conversation folded from its facts. What holds at every moment, whatever the order of the facts:
 * C1 user and assistant messages alternate, a user message first;
 * C2 every tool call is answered by exactly one result, in the order of the calls, in the user message directly after it;
 * C3 texts come after the results, in the same user message;
 * C4 no request is built while calls are pending;
 * C5 blocks are only ever added at the end, so each request extends the one before it.
 */

/** What an answer amounts to. `calls` has tool calls that arrived whole; `cut` reached the limit on its length. */
export type AnswerKind = "calls" | "text" | "empty" | "cut" | "paused" | "refused" | "overflow";

/** A tool call with its result. */
export interface Exchange {
  readonly call: ToolCall;
  readonly result: ToolResult;
}

export interface Conversation {
  readonly id: string;
  readonly role: string;
  readonly model: string;
  readonly effort: Effort;
  readonly system: string;
  readonly tools: readonly ToolDefinition[];
  readonly messages: readonly Message[];
  /** Answers so far; the next answer is number `turn + 1`. */
  readonly turn: number;
  /** Calls of the last answer that have no result yet, in their order. */
  readonly pending: readonly ToolCall[];
  /** Exchanges of the last answer, complete once `pending` is empty. */
  readonly latest: readonly Exchange[];
  /** Every exchange, oldest first. */
  readonly exchanges: readonly Exchange[];
  /** Texts that wait until the pending calls are answered. */
  readonly notes: readonly string[];
  /** Calls to the model that failed since the last answer; those that we cancelled are not counted. */
  readonly failures: number;
  readonly lastStop: StopReason | null;
  /** The last answer, how many of its kind came in a row, and whether nobody has replied to it yet. */
  readonly answer: { readonly kind: AnswerKind; readonly count: number; readonly open: boolean } | null;
  /** Answers in a row whose calls, if any, were not run. */
  readonly barren: number;
  /** Turn of the last checkpoint, 0 = the workspace as it began. */
  readonly savedTurn: number;
  /** Tools that were started since the last checkpoint. */
  readonly unsaved: readonly string[];
  /** Size of all blocks as UTF-8 JSON, in bytes. */
  readonly bytes: number;
  /** Tokens of the last request with its answer, and `bytes` at that moment; null before the first answer. */
  readonly measured: { readonly tokens: number; readonly bytes: number } | null;
}

export function beginConversation(event: EventOf<"conversation.started">): Conversation {
  return {
    id: event.conversation,
    role: event.role,
    model: event.model,
    effort: event.effort,
    system: event.system,
    tools: event.tools,
    messages: [event.message],
    turn: 0,
    pending: [],
    latest: [],
    exchanges: [],
    notes: [],
    failures: 0,
    lastStop: null,
    answer: null,
    barren: 0,
    savedTurn: 0,
    unsaved: [],
    bytes: sizeOf(event.message.content),
    measured: null,
  };
}

/** Facts of other conversations, and results nobody waits for, change nothing. */
export function evolveConversation(conversation: Conversation, event: RunEvent): Conversation {
  if (!("conversation" in event) || event.conversation !== conversation.id) return conversation;
  switch (event.type) {
    case "model.responded":
      return withAnswer(withoutPending(conversation), event);
    case "model.failed":
      return event.failure === "cancelled" ? conversation : { ...conversation, failures: conversation.failures + 1 };
    case "tool.called":
      return { ...conversation, unsaved: [...new Set([...conversation.unsaved, event.name])] };
    case "tool.returned":
      return withResult(conversation, event);
    case "message.added":
      return withText(conversation, event.text);
    case "checkpoint.saved":
      return { ...conversation, savedTurn: event.turn, unsaved: [] };
    default:
      return conversation;
  }
}

/** @throws internal while calls are pending: such a request would be refused by every vendor. */
export function requestOf(conversation: Conversation, maxOutputTokens: number): ModelRequest {
  if (conversation.pending.length > 0) throw new JourneymanError("internal", { reason: "a request with open calls" });
  const { model, effort, system, tools, messages } = conversation;
  return { model, effort, system, tools, messages, maxOutputTokens };
}

export function answerKind(message: AssistantMessage, stopReason: StopReason): AnswerKind {
  if (stopReason === "refusal") return "refused";
  if (stopReason === "context_exceeded") return "overflow";
  if (stopReason === "pause_turn") return "paused";
  if (stopReason === "max_tokens") return "cut";
  if (message.content.some((block) => block.type === "tool_call")) return "calls";
  return message.content.some((block) => block.type === "text" && block.text.trim() !== "") ? "text" : "empty";
}

function withAnswer(before: Conversation, event: EventOf<"model.responded">): Conversation {
  const kind = answerKind(event.message, event.stopReason);
  const content = sendable(before, event.message);
  const { usage } = event;
  const bytes = before.bytes + sizeOf(content);
  const input = usage.input + usage.cacheRead + usage.cacheWrite;
  return {
    ...before,
    messages: content.length === 0 ? before.messages : joined(before.messages, { role: "assistant", content }),
    turn: before.turn + 1,
    pending: content.filter((block) => block.type === "tool_call"),
    latest: [],
    failures: 0,
    lastStop: event.stopReason,
    answer: { kind, count: before.answer?.kind === kind ? before.answer.count + 1 : 1, open: kind !== "calls" },
    barren: event.stopReason === "tool_use" && kind === "calls" ? 0 : before.barren + 1,
    bytes,
    measured: input === 0 ? before.measured : { tokens: input + usage.output, bytes },
  };
}

/**
 * The blocks of an answer that a vendor accepts back: no blank texts, nothing when only thoughts are left, and every call under an
 * id of its own.
 */
function sendable(before: Conversation, message: AssistantMessage): AssistantMessage["content"] {
  const ids = new Set(before.exchanges.map(({ call }) => call.id));
  const content = message.content
    .filter((block) => block.type !== "text" || block.text.trim() !== "")
    .map((block, place) => {
      if (block.type !== "tool_call") return block;
      const id = ids.has(block.id) ? `${block.id}-${before.turn + 1}-${place}` : block.id;
      ids.add(id);
      return id === block.id ? block : { ...block, id };
    });
  return content.every((block) => block.type === "thinking") ? [] : content;
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
    exchanges: [...before.exchanges, exchange],
    answer: before.answer === null ? null : { ...before.answer, open: false },
    bytes: before.bytes + sizeOf([result]),
  });
}

/** Once the last call is answered: one user message with the results in the order of the calls, then the texts that waited. */
function closed(conversation: Conversation): Conversation {
  if (conversation.pending.length > 0) return conversation;
  const results = new Map(conversation.latest.map(({ call, result }) => [call.id, result]));
  const asked = conversation.messages.at(-1)?.content ?? [];
  const ordered = asked.flatMap((block) => (block.type === "tool_call" ? (results.get(block.id) ?? []) : []));
  const message: UserMessage = { role: "user", content: [...ordered, ...conversation.notes.map(textBlock)] };
  return { ...conversation, messages: joined(conversation.messages, message), notes: [] };
}

function withText(before: Conversation, text: string): Conversation {
  if (text.trim() === "") return before;
  const bytes = before.bytes + sizeOf([textBlock(text)]);
  const answer = before.answer === null ? null : { ...before.answer, open: false };
  if (before.pending.length > 0) return { ...before, bytes, answer, notes: [...before.notes, text] };
  const message: UserMessage = { role: "user", content: [textBlock(text)] };
  return { ...before, bytes, answer, messages: joined(before.messages, message) };
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

/** Adds a message; one of the same role as the last is joined to it (a continued answer, a text after results). */
function joined(messages: readonly Message[], message: Message): readonly Message[] {
  const last = messages.at(-1);
  if (last?.role === "assistant" && message.role === "assistant") {
    return [...messages.slice(0, -1), { role: "assistant", content: [...last.content, ...message.content] }];
  }
  if (last?.role === "user" && message.role === "user") {
    return [...messages.slice(0, -1), { role: "user", content: [...last.content, ...message.content] }];
  }
  return [...messages, message];
}

const textBlock = (text: string): TextBlock => ({ type: "text", text });

const sizeOf = (blocks: readonly object[]): number =>
  blocks.reduce((sum, block) => sum + Buffer.byteLength(JSON.stringify(block)), 0);
