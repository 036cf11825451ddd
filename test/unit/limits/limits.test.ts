import { describe, expect, test } from "vitest";
import { beginConversation, evolveConversation } from "../../../src/core/conversation.ts";
import {
  estimateTokens,
  isRunningLow,
  timeLimitReached,
  turnLimitReached,
  wouldPass,
} from "../../../src/core/limits.ts";
import { STARTED } from "../../support/driven-loop.ts";

describe("limits are asked before spending", () => {
  test("a call that fits the budget exactly may be made, one micro-dollar more may not", () => {
    expect(wouldPass(600, 400, 1000)).toBe(false);
    expect(wouldPass(600, 401, 1000)).toBe(true);
  });

  test("seven tenths of the budget is the point of warning", () => {
    expect(isRunningLow(699, 1000)).toBe(false);
    expect(isRunningLow(700, 1000)).toBe(true);
  });

  test("the last turn and the last minute are still allowed, the next are not", () => {
    expect([turnLimitReached(49, 50), turnLimitReached(50, 50)]).toEqual([false, true]);
    expect([timeLimitReached(59, 60), timeLimitReached(60, 60)]).toEqual([false, true]);
  });
});

describe("the estimate of input tokens", () => {
  const begun = beginConversation(STARTED);
  const characters = STARTED.system.length + JSON.stringify(STARTED.tools).length + "Do it.".length;

  test("before the first answer it is at least characters / 3.5 of all that is sent", () => {
    expect(estimateTokens(begun)).toBeGreaterThanOrEqual(characters / 3.5);
  });

  test("after an answer it is what was billed and what came since", () => {
    const answered = evolveConversation(begun, {
      type: "model.responded",
      conversation: STARTED.conversation,
      turn: 1,
      message: { role: "assistant", content: [{ type: "text", text: "Yes." }] },
      stopReason: "end_turn",
      usage: { input: 10, cacheRead: 2000, cacheWrite: 300, output: 40 },
      costMicroUsd: 0,
      requestId: "r",
      durationMs: 1,
    });
    expect(estimateTokens(answered)).toBe(2350);
    const more = evolveConversation(answered, {
      type: "message.added",
      conversation: STARTED.conversation,
      text: "x".repeat(3500),
    });
    expect(estimateTokens(more)).toBeGreaterThanOrEqual(3350);
    expect(estimateTokens(more)).toBeLessThan(3400);
  });

  test("text beyond ASCII counts by its bytes", () => {
    const text = "漢".repeat(1000);
    const longer = evolveConversation(begun, { type: "message.added", conversation: STARTED.conversation, text });
    expect(estimateTokens(longer) - estimateTokens(begun)).toBeGreaterThanOrEqual(3000 / 3.5);
  });
});
