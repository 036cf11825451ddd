import { digestOf } from "../../src/core/digest.ts";
import type { RunEvent } from "../../src/core/events.ts";

/* Facts of conversations that cost money. */

export const conversationStarted = (conversation: string, role: string): RunEvent => ({
  type: "conversation.started",
  conversation,
  role,
  model: "scripted-1",
  effort: "medium",
  system: "You work.",
  tools: [],
  message: { role: "user", content: [{ type: "text", text: "Do it." }] },
});

export const asked = (conversation: string, reservedMicroUsd: number, turn = 1): RunEvent => ({
  type: "model.requested",
  conversation,
  turn,
  model: "scripted-1",
  requestDigest: digestOf("request"),
  reservedMicroUsd,
});

export const answered = (conversation: string, costMicroUsd: number, turn = 1): RunEvent => ({
  type: "model.responded",
  conversation,
  turn,
  message: { role: "assistant", content: [{ type: "text", text: "Yes." }] },
  stopReason: "end_turn",
  usage: { input: 10, cacheRead: 0, cacheWrite: 0, output: 10 },
  costMicroUsd,
  requestId: "r",
  durationMs: 1,
});

/** A whole turn: asked, and answered for so much. */
export const spentIn = (conversation: string, costMicroUsd: number): RunEvent[] => [
  asked(conversation, costMicroUsd),
  answered(conversation, costMicroUsd),
];

/** Parked because a call in this conversation had no room. */
export const parkedFor = (conversation: string, neededMicroUsd: number): RunEvent => ({
  type: "run.parked",
  code: "budget_exhausted",
  details: { scope: "this run", spent: "$1", ceiling: "$1", needed: "$1", limit: "run", conversation, neededMicroUsd },
  resumeAt: null,
});
