import { describe, expect, test } from "vitest";
import { requestOf } from "../../../src/core/conversation/conversation.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { evolve } from "../../../src/core/evolve.ts";
import type { ModelRequest } from "../../../src/core/messages.ts";
import { emptyState, type RunState } from "../../../src/core/state.ts";
import { requested, RUN } from "../../support/facts.ts";
import { pairingFaults } from "../../support/paired.ts";
import { randomFact } from "./random-facts.ts";

/*
 * Whatever order facts come in: interrupted, parallel and unknown calls, ids used twice, clearings, summaries, hand-offs, subagents. Seeded,
 * so that what fails once fails always.
 */

const JOURNALS = 10_000;
const FACTS = 40;

/** Numbers in [0, 1) that follow from the seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const texts = new WeakMap<object, string>();

/** A block is never changed, so it is written once. */
function textOf(role: string, block: object): string {
  const text = texts.get(block) ?? `${role} ${JSON.stringify(block)}`;
  texts.set(block, text);
  return text;
}

/** The blocks that are sent, in order, each with the role it has. */
const blocksOf = ({ messages }: ModelRequest): string[] =>
  messages.flatMap(({ role, content }) => content.map((block) => textOf(role, block)));

const SHORTENS: ReadonlySet<RunEvent["type"]> = new Set([
  "context.cleared",
  "context.compacted",
  "conversation.started",
]);

interface Seen {
  requests: number;
  open: number;
  calls: number;
  shortened: number;
  extended: number;
}

/** What was sent last in each conversation, as long as every later request has to begin with it. */
type Sent = Map<string, string[]>;

function checkPrefix(
  sent: Sent,
  id: string,
  { blocks, event, seen }: { blocks: string[]; event: RunEvent; seen: Seen },
): void {
  const before = sent.get(id);
  sent.set(id, blocks);
  if (before === undefined) return;
  if (SHORTENS.has(event.type)) {
    seen.shortened += 1;
    return;
  }
  seen.extended += 1;
  // A million times: what is equal needs no words.
  if (before.some((block, place) => block !== blocks[place])) expect(blocks).toEqual(before);
}

/** Each request that could be sent after the fact. */
function checkRequests(state: RunState, event: RunEvent, { sent, seen }: { sent: Sent; seen: Seen }): void {
  if (!("conversation" in event)) return;
  const conversation = state.conversations[event.conversation];
  if (conversation === undefined) return;
  // What a summary leaves out of an open conversation is seen when its calls are answered.
  if (SHORTENS.has(event.type)) sent.delete(conversation.id);
  if (conversation.pending.length > 0) {
    seen.open += 1;
    if (seen.open % 100 === 0) expect(() => requestOf(conversation, 1)).toThrow("a request with open calls");
    return;
  }
  const request = requestOf(conversation, 1);
  const faults = pairingFaults(request);
  if (faults.length > 0) expect(faults).toEqual([]);
  seen.requests += 1;
  seen.calls += request.messages.flatMap(({ content }) => content.filter(({ type }) => type === "tool_result")).length;
  checkPrefix(sent, conversation.id, { blocks: blocksOf(request), event, seen });
}

function walk(seed: number, seen: Seen): void {
  const random = randomOf(seed);
  const sent: Sent = new Map();
  let state = evolve(emptyState(RUN), { at: "2026-01-01T00:00:00.000Z", event: requested() });
  for (let place = 0; place < FACTS; place += 1) {
    const event = randomFact(state, random);
    state = evolve(state, { at: "2026-01-01T00:00:00.000Z", event });
    checkRequests(state, event, { sent, seen });
  }
}

test("ten thousand random journals: every call is answered exactly once, in order, directly after it, and requests only grow", () => {
  const seen: Seen = { requests: 0, open: 0, calls: 0, shortened: 0, extended: 0 };
  for (let seed = 1; seed <= JOURNALS; seed += 1) {
    try {
      walk(seed, seen);
    } catch (error) {
      throw new Error(`journal ${seed}`, { cause: error });
    }
  }
  // Shown by as much as this, not by journals that never came to a request.
  expect(seen.requests).toBeGreaterThan(10 * JOURNALS);
  expect(seen.calls).toBeGreaterThan(10 * JOURNALS);
  expect(seen.extended).toBeGreaterThan(5 * JOURNALS);
}, 120_000);

describe("the check itself sees", () => {
  const call = (id: string) => ({ type: "tool_call", id, name: "read", input: {} }) as const;
  const result = (callId: string) => ({ type: "tool_result", callId, content: "x", isError: false }) as const;
  const text = { type: "text", text: "t" } as const;
  const user = (...content: (typeof text | ReturnType<typeof result>)[]) => ({ role: "user" as const, content });
  const model = (...content: (typeof text | ReturnType<typeof call>)[]) => ({ role: "assistant" as const, content });

  test("nothing wrong with a good request", () => {
    expect(
      pairingFaults({ messages: [user(text), model(call("a"), call("b")), user(result("a"), result("b"), text)] }),
    ).toEqual([]);
  });

  test.each([
    ["a call without a result", [user(text), model(call("a")), user(text)]],
    ["results in another order", [user(text), model(call("a"), call("b")), user(result("b"), result("a"))]],
    ["a result that comes twice", [user(text), model(call("a")), user(result("a"), result("a"))]],
    ["a result nobody asked for", [user(text), model(text), user(result("a"))]],
    ["a result later than it should be", [user(text), model(call("a")), user(text), model(text), user(result("a"))]],
    ["a text before a result", [user(text), model(call("a")), user(text, result("a"))]],
    ["an id used twice", [user(text), model(call("a")), user(result("a")), model(call("a")), user(result("a"))]],
    ["an open call at the end", [user(text), model(call("a"))]],
    ["two messages of one role", [user(text), user(text)]],
    ["an empty message", [user(text), model()]],
  ])("%s", (_, messages) => {
    expect(pairingFaults({ messages })).not.toEqual([]);
  });
});
