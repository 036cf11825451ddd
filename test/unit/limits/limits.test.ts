import { describe, expect, test } from "vitest";
import { beginConversation } from "../../../src/core/conversation/conversation.ts";
import { evolveConversation } from "../../../src/core/conversation/conversation-fold.ts";
import {
  estimateTokens,
  isRunningLow,
  timeLimitReached,
  turnLimitReached,
  wouldPass,
} from "../../../src/core/money/limits.ts";
import { tokenBound } from "../../../src/core/conversation/size.ts";
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
      text: "words and ".repeat(350),
    });
    expect(estimateTokens(more)).toBeGreaterThanOrEqual(3350);
    expect(estimateTokens(more)).toBeLessThan(3400);
  });

  test("text beyond ASCII counts by its bytes", () => {
    const text = "漢".repeat(1000);
    const longer = evolveConversation(begun, { type: "message.added", conversation: STARTED.conversation, text });
    expect(estimateTokens(longer) - estimateTokens(begun)).toBeGreaterThanOrEqual(3000 / 3.5);
  });

  const source = "export function round(amount) {\n  return Math.round(amount * 100) / 100;\n}\n".repeat(50);
  /** Bytes of a text for each token that it may have. */
  const bytesPerToken = (text: string): number => Buffer.byteLength(text) / tokenBound(text);

  test("text without words is counted denser than text with words", () => {
    expect(bytesPerToken("some words of ordinary prose, and more of them. ".repeat(50))).toBeGreaterThan(3);
    expect(bytesPerToken(source)).toBeGreaterThan(2);
    const base64 = Buffer.from(source).toString("base64");
    const hex = Buffer.from(source).toString("hex");
    const numbers = Array.from({ length: 500 }, (_, at) => at * 7919).join(" ");
    const minified = "function a(b,c){return b.d(c)?e[f]:g(h,i)}var j=k.l;".repeat(50);
    for (const dense of [base64, hex, numbers, minified]) expect(bytesPerToken(dense)).toBeLessThanOrEqual(2);
  });

  test("dense text that came since the last answer is not taken for prose", () => {
    const text = Buffer.from(source).toString("base64");
    const longer = evolveConversation(begun, { type: "message.added", conversation: STARTED.conversation, text });
    expect(estimateTokens(longer) - estimateTokens(begun)).toBeGreaterThanOrEqual(text.length / 1.6);
  });
});
