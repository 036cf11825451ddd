import type { AnswerKind } from "./answer-kind.ts";
import { JourneymanError } from "../errors.ts";
import type { EventOf } from "../events.ts";
import type {
  Effort,
  ModelRequest,
  StopReason,
  ToolCall,
  ToolDefinition,
  ToolResult,
  UserMessage,
} from "../messages.ts";
import { NameSet } from "./name-set.ts";
import { Sequence } from "./sequence.ts";
import { type Size, sizeOf, sizeOfAll, tokenBound } from "./size.ts";
import { beginTranscript, messagesOf, type Transcript } from "./transcript.ts";

/** A tool call with its result as it was first given, cleared or not. */
export interface Exchange {
  readonly call: ToolCall;
  readonly result: ToolResult;
}

/** What the facts of a conversation come to; folded in conversation-fold.ts. */
export interface Conversation {
  readonly id: string;
  readonly role: string;
  readonly model: string;
  readonly effort: Effort;
  readonly system: string;
  readonly tools: readonly ToolDefinition[];
  /** The message that it began with. */
  readonly task: UserMessage;
  readonly transcript: Transcript;
  /** Answers so far; the next answer is number `turn + 1`. */
  readonly turn: number;
  /** Answers in the conversations that this one goes on with because they grew too long. */
  readonly turnsBefore: number;
  /** Calls of the last answer that have no result yet, in their order. */
  readonly pending: readonly ToolCall[];
  /** Exchanges of the last answer, complete once `pending` is empty. */
  readonly latest: readonly Exchange[];
  /** Every exchange, oldest first. */
  readonly exchanges: Sequence<Exchange>;
  /** Ids of the calls that have a result. */
  readonly callIds: NameSet;
  /** Calls to tools that the model was not told of. */
  readonly undeclared: number;
  /** Texts that wait until the pending calls are answered. */
  readonly notes: readonly string[];
  /** Calls to the model that failed since the last answer; those that we cancelled are not counted. */
  readonly failures: number;
  /** Answers that were ended while they were written. */
  readonly strays: number;
  readonly lastStop: StopReason | null;
  /** The last answer, how many of its kind came in a row, and whether nobody has replied to it yet. */
  readonly answer: { readonly kind: AnswerKind; readonly count: number; readonly open: boolean } | null;
  /** Answers in a row whose calls, if any, were not run. */
  readonly barren: number;
  /** Turn of the last checkpoint, 0 = the workspace as it began. */
  readonly savedTurn: number;
  /** Tools that were started since the last checkpoint and may have written. */
  readonly unsaved: readonly string[];
  /** Upper bound of the tokens of system text and tools. */
  readonly fixedTokens: number;
  /** Of all blocks. */
  readonly size: Size;
  /** Tokens of the last request with its answer, and `size.tokens` at that moment; null before the first answer. */
  readonly measured: { readonly tokens: number; readonly bound: number } | null;
  /** Instruction files that stand in the transcript, and since which turn. */
  readonly instructions: readonly { readonly path: string; readonly turn: number }[];
  /** The conversations that wrote its summaries. */
  readonly compactions: readonly string[];
  /** What was done since the last answer to make the next request shorter. */
  readonly relief: { readonly clearings: number; readonly compactions: number };
  /** The vendor refused the request as too long, and nothing was taken out since. */
  readonly tooLong: boolean;
  /** Set in a conversation that sums up another. */
  readonly summarises: EventOf<"conversation.started">["summarises"];
}

export const NO_RELIEF: Conversation["relief"] = { clearings: 0, compactions: 0 };

/** `before` is the conversation that this one goes on with, if any. */
export function beginConversation(event: EventOf<"conversation.started">, before?: Conversation): Conversation {
  const goesOn = event.continues?.cause === "context" && before !== undefined;
  return {
    id: event.conversation,
    role: event.role,
    model: event.model,
    effort: event.effort,
    system: event.system,
    tools: event.tools,
    task: event.message,
    transcript: beginTranscript(event.message),
    turn: 0,
    turnsBefore: goesOn ? before.turnsBefore + before.turn : 0,
    pending: [],
    latest: [],
    exchanges: Sequence.of<Exchange>(),
    callIds: NameSet.empty(),
    undeclared: 0,
    notes: [],
    failures: 0,
    strays: 0,
    lastStop: null,
    answer: null,
    barren: 0,
    savedTurn: 0,
    unsaved: [],
    fixedTokens: tokenBound(event.system) + sizeOf(event.tools).tokens,
    size: sizeOfAll(event.message.content),
    measured: null,
    instructions: [],
    compactions: [],
    relief: NO_RELIEF,
    tooLong: false,
    summarises: event.summarises,
  };
}

/** @throws internal while calls are pending: such a request would be refused by every vendor. */
export function requestOf(conversation: Conversation, maxOutputTokens: number): ModelRequest {
  if (conversation.pending.length > 0) throw new JourneymanError("internal", { reason: "a request with open calls" });
  const { model, effort, system, tools, transcript } = conversation;
  return { model, effort, system, tools, messages: messagesOf(transcript), maxOutputTokens };
}
