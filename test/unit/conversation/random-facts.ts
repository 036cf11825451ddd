import { digestOf } from "../../../src/core/digest.ts";
import type { EventOf, RunEvent } from "../../../src/core/events.ts";
import type { AssistantMessage, StopReason } from "../../../src/core/messages.ts";
import type { RunState } from "../../../src/core/state.ts";

/* Facts of conversations in any order that schemas allow, most of them in one that makes sense. */

type Random = () => number;
type Block = AssistantMessage["content"][number];

const IDS = ["plan.1", "implement.1", "implement.2", "task.1", "summary.1"];
const TOOLS = ["read", "bash", "edit", "todo", "submit", "task", "no-such-tool"];
const STOPS: readonly StopReason[] = [
  ...(["tool_use", "tool_use", "tool_use", "tool_use", "end_turn"] as const),
  ...(["max_tokens", "refusal", "pause_turn", "context_exceeded"] as const),
];
const DIGEST = digestOf("request");

const upTo = (random: Random, most: number): number => Math.floor(random() * (most + 1));

const oneOf = <T>(random: Random, items: readonly T[]): T => {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError("nothing to choose from");
  return item;
};

/** Few enough that some are used twice. */
const callId = (random: Random): string => `call-${upTo(random, 30)}`;

function block(random: Random): Block {
  const kind = random();
  if (kind < 0.15) return { type: "text", text: oneOf(random, ["", "  ", "I look.", "Done."]) };
  if (kind < 0.25) return { type: "thinking", text: "hm", signature: "s" };
  return { type: "tool_call", id: callId(random), name: oneOf(random, TOOLS), input: { n: upTo(random, 3) } };
}

const answered = (random: Random, conversation: string): EventOf<"model.responded"> => ({
  type: "model.responded",
  conversation,
  turn: upTo(random, 9),
  message: { role: "assistant", content: Array.from({ length: upTo(random, 5) }, () => block(random)) },
  stopReason: oneOf(random, STOPS),
  usage: { input: upTo(random, 100), cacheRead: 0, cacheWrite: 0, output: 1 },
  costMicroUsd: 1,
  requestId: "r",
  durationMs: 1,
});

/** Mostly a call that waits for it, in any order; else one that was answered, or never made. */
function returned(state: RunState, random: Random, conversation: string): EventOf<"tool.returned"> {
  const pending = state.conversations[conversation]?.pending ?? [];
  const id = pending.length > 0 && random() < 0.9 ? oneOf(random, pending).id : callId(random);
  const content = "x".repeat(random() < 0.2 ? 1_500 : 5);
  return { type: "tool.returned", conversation, turn: 1, callId: id, content, isError: random() < 0.1, durationMs: 1 };
}

function started(random: Random, conversation: string): EventOf<"conversation.started"> {
  return {
    type: "conversation.started",
    conversation,
    role: "executor",
    model: "m",
    effort: "low",
    system: "s",
    tools: [{ name: "read", description: "", schema: {} }],
    message: { role: "user", content: [{ type: "text", text: "Do it." }] },
    ...(conversation === "task.1" && { parent: { conversation: "implement.1", callId: callId(random) } }),
    ...(conversation === "implement.2" && {
      continues: { conversation: "implement.1", cause: oneOf(random, ["context", "escalation"] as const) },
    }),
    ...(conversation === "summary.1" && { summarises: { conversation: "implement.1", beforeTurn: 2 } }),
  };
}

const rare = (random: Random, conversation: string): RunEvent =>
  oneOf<() => RunEvent>(random, [
    () => ({ type: "context.cleared", conversation, beforeTurn: upTo(random, 8), results: 1, bytes: 1 }),
    () => ({
      type: "context.compacted",
      conversation,
      keepFromTurn: upTo(random, 8),
      summary: "So far.",
      by: "summary.1",
      bytes: 1,
    }),
    () => ({ type: "model.switched", conversation, from: "m", to: "n", reason: "unavailable" }),
    () => ({ type: "checkpoint.saved", conversation, turn: 1, changes: [], refused: [], ignored: 0 }),
    () => ({ type: "instructions.loaded", conversation, path: "a/AGENTS.md", text: "Be kind." }),
    () => ({ type: "message.added", conversation, text: oneOf(random, ["", "And this."]) }),
    () => ({
      type: "model.failed",
      conversation,
      turn: 1,
      failure: oneOf(random, ["overloaded", "cancelled", "astray", "context_exceeded", "interrupted"]),
      detail: "",
      retryAfterMs: null,
      costMicroUsd: 0,
    }),
    () => ({ type: "model.requested", conversation, turn: 1, model: "m", requestDigest: DIGEST, reservedMicroUsd: 1 }),
    () => ({ type: "tool.called", conversation, turn: 1, callId: callId(random), name: oneOf(random, TOOLS) }),
    () => ({ type: "stage.started", stage: "implement", round: 0, worker: "w" }),
  ])();

export function randomFact(state: RunState, random: Random): RunEvent {
  const conversation = random() < 0.6 ? "implement.1" : oneOf(random, IDS);
  const known = state.conversations[conversation];
  if (known === undefined || random() < 0.01) return started(random, conversation);
  if (random() < 0.2) return rare(random, conversation);
  const isOpen = known.pending.length > 0;
  return isOpen && random() < 0.95 ? returned(state, random, conversation) : answered(random, conversation);
}
