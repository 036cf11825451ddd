import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { beginConversation, requestOf, type Conversation } from "../../../src/core/conversation/conversation.ts";
import { evolveConversation } from "../../../src/core/conversation/conversation-fold.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import type { AssistantMessage, Message, StopReason, ToolCall } from "../../../src/core/messages.ts";
import { messagesOf } from "../../../src/core/conversation/transcript.ts";
import { sizeOfAll } from "../../../src/core/conversation/size.ts";
import { cleared, compacted, prose } from "../context/window-facts.ts";
import { STARTED } from "../../support/driven-loop.ts";

const id = STARTED.conversation;
const call = (callId: string): ToolCall => ({ type: "tool_call", id: callId, name: "read", input: { path: callId } });

const responded = (content: AssistantMessage["content"], stopReason: StopReason = "tool_use"): RunEvent => ({
  type: "model.responded",
  conversation: id,
  turn: 1,
  message: { role: "assistant", content },
  stopReason,
  usage: { input: 10, cacheRead: 0, cacheWrite: 0, output: 5 },
  costMicroUsd: 1,
  requestId: "r",
  durationMs: 1,
});
const returned = (callId: string, content = `result of ${callId}`): RunEvent => ({
  type: "tool.returned",
  conversation: id,
  turn: 1,
  callId,
  content,
  isError: false,
  durationMs: 1,
});
const added = (text: string): RunEvent => ({ type: "message.added", conversation: id, text });
const failed = (failure: string): RunEvent => ({
  type: "model.failed",
  conversation: id,
  turn: 1,
  failure,
  detail: "",
  retryAfterMs: null,
  costMicroUsd: 0,
});
const fold = (...events: readonly RunEvent[]): Conversation =>
  events.reduce(evolveConversation, beginConversation(STARTED));

const said = ({ transcript }: Conversation): readonly Message[] => messagesOf(transcript);

/** Every rule of a request that vendors enforce; returns what is wrong. */
function faultsOf(messages: readonly Message[]): string[] {
  const faults: string[] = [];
  const ids = new Set<string>();
  if (messages[0]?.role !== "user") faults.push("does not begin with the user");
  for (const [place, message] of messages.entries()) {
    if (message.content.length === 0) faults.push(`message ${place} is empty`);
    if (place > 0 && messages[place - 1]?.role === message.role) faults.push(`message ${place} repeats a role`);
    if (message.role === "assistant") {
      const asked = message.content.flatMap((block) => (block.type === "tool_call" ? [block.id] : []));
      for (const callId of asked) {
        if (ids.has(callId)) faults.push(`id ${callId} twice`);
        ids.add(callId);
      }
      const next = messages[place + 1]?.content ?? [];
      const answered = next.flatMap((block) => (block.type === "tool_result" ? [block.callId] : []));
      if (messages.length > place + 1 && JSON.stringify(asked) !== JSON.stringify(answered)) {
        faults.push(`message ${place}: calls ${asked.join()} answered as ${answered.join()}`);
      }
    } else {
      const firstText = message.content.findIndex(({ type }) => type === "text");
      const lastResult = message.content.findLastIndex(({ type }) => type === "tool_result");
      if (firstText !== -1 && lastResult > firstText) faults.push(`message ${place}: a result after a text`);
      if (lastResult !== -1 && messages[place - 1]?.role !== "assistant")
        faults.push(`message ${place}: results of nothing`);
    }
  }
  return faults;
}

const texts = new WeakMap<object, string>();

/** A block is never changed, so it is written out once. */
function textOf(block: object): string {
  const known = texts.get(block) ?? JSON.stringify(block);
  texts.set(block, known);
  return known;
}

const blocksOf = (messages: readonly Message[]): string[] =>
  messages.flatMap(({ role, content }) => content.map((block) => `${role} ${textOf(block)}`));

const anyText = fc.constantFrom("", " ", "go on", "look at this");
const anyBlock = fc.oneof(
  fc.constantFrom("a", "b", "c", "d", "e").map(call),
  anyText.map((text) => ({ type: "text" as const, text })),
  fc.constant({ type: "thinking" as const, text: "hm", signature: "s" }),
);
const anyStop = fc.constantFrom<StopReason>("tool_use", "tool_use", "end_turn", "max_tokens", "pause_turn");
/** `pick` chooses which open call is answered; too high a number names one that nobody waits for. */
const anyStep = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.array(anyBlock, { maxLength: 5 }), anyStop).map((answer) => ({ answer })) },
  { weight: 5, arbitrary: fc.nat({ max: 5 }).map((pick) => ({ pick })) },
  { weight: 2, arbitrary: anyText.map((text) => ({ text })) },
  { weight: 1, arbitrary: fc.constantFrom("cut", "cancelled").map((failure) => ({ failure })) },
  { weight: 1, arbitrary: fc.nat({ max: 20 }).map((clear) => ({ clear })) },
  { weight: 1, arbitrary: fc.nat({ max: 20 }).map((compact) => ({ compact })) },
  { weight: 1, arbitrary: anyText.map((guidance) => ({ guidance })) },
);
type Step =
  | { answer: [AssistantMessage["content"], StopReason] }
  | { pick: number }
  | { text: string }
  | { failure: string }
  | { clear: number }
  | { compact: number }
  | { guidance: string };

function factOf(step: Step, conversation: Conversation): RunEvent {
  if ("answer" in step) return responded(...step.answer);
  if ("text" in step) return added(step.text);
  if ("failure" in step) return failed(step.failure);
  if ("clear" in step) return cleared(step.clear);
  if ("compact" in step) return compacted(step.compact);
  if ("guidance" in step)
    return { type: "instructions.loaded", conversation: id, path: "a/AGENTS.md", text: step.guidance };
  const callId = conversation.pending[step.pick]?.id ?? "nobody-asked";
  return returned(callId, step.pick % 2 === 0 ? `result of ${callId}` : prose(1_200));
}

describe("D13 pairing by construction", () => {
  test("in 10,000 random histories every call is answered once, in order, directly after it, and every request extends the one before but for what was cleared or summed up", () => {
    let requests = 0;
    let pairs = 0;
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 5, maxLength: 40, size: "max" }), (steps) => {
        let conversation = beginConversation(STARTED);
        let before: readonly string[] = [];
        for (const step of steps) {
          conversation = evolveConversation(conversation, factOf(step, conversation));
          if ("clear" in step || "compact" in step) before = [];
          if (conversation.pending.length > 0) {
            expect(() => requestOf(conversation, 100)).toThrow("a request with open calls");
            continue;
          }
          const { messages } = requestOf(conversation, 100);
          requests += 1;
          pairs += conversation.exchanges.length;
          const size = sizeOfAll(messages.flatMap(({ content }): object[] => content));
          expect(conversation.size, "what is counted is what is sent").toEqual(size);
          expect(faultsOf(messages)).toEqual([]);
          const blocks = blocksOf(messages);
          expect(before.every((block, at) => block === blocks[at])).toBe(true);
          before = blocks;
        }
      }),
      { numRuns: 10_000 },
    );
    expect(requests).toBeGreaterThan(20_000);
    expect(pairs).toBeGreaterThan(20_000);
  }, 120_000);

  test("results given out of order stand in the order of the calls, texts after them", () => {
    const messages = said(fold(responded([call("a"), call("b")]), returned("b"), added("Hurry."), returned("a")));
    expect(messages.at(-1)).toEqual({
      role: "user",
      content: [
        { type: "tool_result", callId: "a", content: "result of a", isError: false },
        { type: "tool_result", callId: "b", content: "result of b", isError: false },
        { type: "text", text: "Hurry." },
      ],
    });
  });

  test("a request is refused while a call is open", () => {
    expect(() => requestOf(fold(responded([call("a"), call("b")]), returned("a")), 10)).toThrow(
      "a request with open calls",
    );
  });

  test("a second result of the same call changes nothing", () => {
    const once = fold(responded([call("a"), call("b")]), returned("a"));
    expect(evolveConversation(once, returned("a", "another"))).toBe(once);
  });

  test("an id used before is made unique, so that its results cannot be mixed up", () => {
    const { pending } = fold(responded([call("a")]), returned("a"), responded([call("a"), call("a")]));
    expect(new Set(pending.map((open) => open.id)).size).toBe(2);
    expect(pending.map((open) => open.id)).not.toContain("a");
  });
});

describe("what the conversation knows of itself", () => {
  test("an empty answer and one of thoughts only leave the messages as they were", () => {
    const empty = fold(responded([], "end_turn"));
    const thoughts = fold(responded([{ type: "thinking", text: "hm", signature: "s" }], "end_turn"));
    expect(said(empty)).toEqual([STARTED.message]);
    expect(said(thoughts)).toEqual([STARTED.message]);
    expect([empty.answer, thoughts.answer]).toEqual([
      { kind: "empty", count: 1, open: true },
      { kind: "empty", count: 1, open: true },
    ]);
  });

  test("a continued answer is one assistant message", () => {
    const text = (said: string) => responded([{ type: "text", text: said }], "pause_turn");
    expect(said(fold(text("one"), text("two")))).toHaveLength(2);
  });

  test("failures are counted until an answer comes; a call that we cancelled is none", () => {
    const three = fold(failed("cut"), failed("cancelled"), failed("overloaded"));
    expect(three.failures).toBe(2);
    expect(evolveConversation(three, responded([call("a")])).failures).toBe(0);
  });

  test("what was started since the last checkpoint is known until the next one", () => {
    const started: RunEvent = { type: "tool.called", conversation: id, turn: 1, callId: "a", name: "bash" };
    const saved: RunEvent = {
      type: "checkpoint.saved",
      conversation: id,
      turn: 1,
      changes: [],
      refused: [],
      ignored: 0,
    };
    expect(fold(started, started).unsaved).toEqual(["bash"]);
    expect(fold(started, saved)).toMatchObject({ unsaved: [], savedTurn: 1 });
  });

  test("facts of another conversation change nothing", () => {
    const before = fold();
    expect(evolveConversation(before, { ...added("x"), conversation: "plan.1" } as RunEvent)).toBe(before);
  });
});
