import { beginConversation, type Conversation } from "../../../src/core/conversation/conversation.ts";
import { evolveConversation } from "../../../src/core/conversation/conversation-fold.ts";
import type { EventOf, RunEvent } from "../../../src/core/events.ts";
import type { Message } from "../../../src/core/messages.ts";
import { messagesOf } from "../../../src/core/conversation/transcript.ts";
import { STARTED } from "../../support/driven-loop.ts";

/* Facts of a conversation that grows. */

export const ID = STARTED.conversation;

/** Ordinary text of so many bytes. */
export const prose = (bytes: number): string => "some words of a file ".repeat(Math.ceil(bytes / 21)).slice(0, bytes);

/** An answer with one call and its result. */
export function turn(at: number, result: string, about: { name?: string; isError?: boolean } = {}): RunEvent[] {
  const callId = `call_${at}`;
  return [
    {
      type: "model.responded",
      conversation: ID,
      turn: at,
      message: {
        role: "assistant",
        content: [
          { type: "thinking", text: `thought ${at}`, signature: "s" },
          { type: "tool_call", id: callId, name: about.name ?? "read", input: { path: `src/${at}.ts` } },
        ],
      },
      stopReason: "tool_use",
      usage: { input: 0, cacheRead: 0, cacheWrite: 0, output: 5 },
      costMicroUsd: 1,
      requestId: "r",
      durationMs: 1,
    },
    {
      type: "tool.returned",
      conversation: ID,
      turn: at,
      callId,
      content: result,
      isError: about.isError ?? false,
      durationMs: 1,
    },
  ];
}

export const turns = (count: number, bytes: number): RunEvent[] =>
  Array.from({ length: count }, (_, at) => turn(at + 1, prose(bytes))).flat();

export const cleared = (beforeTurn: number): EventOf<"context.cleared"> => ({
  type: "context.cleared",
  conversation: ID,
  beforeTurn,
  results: 1,
  bytes: 1,
});

export const compacted = (keepFromTurn: number, summary = "Sum.", by = "summary.1"): EventOf<"context.compacted"> => ({
  type: "context.compacted",
  conversation: ID,
  keepFromTurn,
  summary,
  by,
  bytes: 1,
});

export const refused: RunEvent = {
  type: "model.failed",
  conversation: ID,
  turn: 1,
  failure: "context_exceeded",
  detail: "",
  retryAfterMs: null,
  costMicroUsd: 0,
};

export const folded = (...facts: readonly RunEvent[]): Conversation =>
  facts.reduce(evolveConversation, beginConversation(STARTED));

export const said = ({ transcript }: Conversation): readonly Message[] => messagesOf(transcript);

/** The results that the next request holds, by the id of their call. */
export const resultsIn = (conversation: Conversation): Record<string, string> =>
  Object.fromEntries(
    said(conversation).flatMap(({ content }) =>
      content.flatMap((block) => (block.type === "tool_result" ? [[block.callId, block.content]] : [])),
    ),
  );
