import { expect, test } from "vitest";
import { beginConversation } from "../../../src/core/conversation/conversation.ts";
import { evolveConversation } from "../../../src/core/conversation/conversation-fold.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { NameSet } from "../../../src/core/conversation/name-set.ts";
import { Sequence } from "../../../src/core/conversation/sequence.ts";
import { STARTED } from "../../support/driven-loop.ts";

test("what a list holds never changes, whichever of its versions grows", () => {
  const one = Sequence.of("a");
  const two = one.with("b");
  const other = one.with("c");
  expect([[...one], [...two], [...other]]).toEqual([["a"], ["a", "b"], ["a", "c"]]);
  expect([two.at(0), two.at(1), two.at(-1), two.at(2), two.at(-3)]).toEqual(["a", "b", "b", undefined, undefined]);
  expect(one.with("c")).toEqual(other);
});

test("a set of names holds what it held, whichever of its versions grows", () => {
  const one = NameSet.empty().with("a");
  const two = one.with("b");
  const other = one.with("c");
  expect([one.has("b"), two.has("b"), two.has("c"), other.has("c"), other.has("b")]).toEqual([
    false,
    true,
    false,
    true,
    false,
  ]);
  expect(two.with("a")).toBe(two);
});

/** A block that counts how often anybody looks at it. */
function counted(id: string, looks: { count: number }) {
  const block = { id, name: "read", input: { path: "a" } };
  return Object.defineProperty(block, "type", {
    enumerable: true,
    get: () => {
      looks.count += 1;
      return "tool_call";
    },
  }) as typeof block & { readonly type: "tool_call" };
}

/** Looks at the blocks of the first answers while `turns` of them are folded. */
function looksAt(turns: number): number {
  const looks = { count: 0 };
  const about = { conversation: STARTED.conversation, turn: 1 };
  let conversation = beginConversation(STARTED);
  for (let turn = 0; turn < turns; turn += 1) {
    const facts: RunEvent[] = [
      {
        type: "model.responded",
        ...about,
        message: { role: "assistant", content: [counted(`c${turn}`, looks)] },
        stopReason: "tool_use",
        usage: { input: 10, cacheRead: 0, cacheWrite: 0, output: 5 },
        costMicroUsd: 1,
        requestId: "r",
        durationMs: 1,
      },
      { type: "tool.returned", ...about, callId: `c${turn}`, content: "x", isError: false, durationMs: 1 },
    ];
    conversation = facts.reduce(evolveConversation, conversation);
  }
  expect(conversation.exchanges.length).toBe(turns);
  return looks.count;
}

test("ten times as many turns are ten times the work, not a hundred", () => {
  expect(looksAt(2_000)).toBe(10 * looksAt(200));
});
