import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import type { StopReason } from "../../../src/core/messages.ts";
import { requestOf } from "../../../src/core/conversation/conversation.ts";
import * as facts from "../../support/facts.ts";

const ID = "implement.1";
const STARTED: RunEvent = {
  type: "conversation.started",
  conversation: ID,
  role: "executor",
  model: "m",
  effort: "low",
  system: "s",
  tools: [],
  message: { role: "user", content: [{ type: "text", text: "go" }] },
};

const answered = (stopReason: StopReason, text: string): RunEvent => ({
  type: "model.responded",
  conversation: ID,
  turn: 1,
  message: { role: "assistant", content: text === "" ? [] : [{ type: "text", text }] },
  stopReason,
  usage: { input: 10, cacheRead: 0, cacheWrite: 0, output: 5 },
  costMicroUsd: 1,
  requestId: "r",
  durationMs: 1,
});
const parked = (code: string): RunEvent => ({ type: "run.parked", code, details: {}, resumeAt: null });
const resumed = (command: number | null): RunEvent => ({ type: "run.resumed", command });

const conversationAfter = (...events: RunEvent[]) => {
  const found = facts.stateOf([...facts.toPrepared(), STARTED, ...events]).conversations[ID];
  if (found === undefined) throw new TypeError("the conversation has begun");
  return found;
};
const lastText = (...events: RunEvent[]): string =>
  JSON.stringify(requestOf(conversationAfter(...events), 100).messages.at(-1));

describe("a conversation that waits for a person", () => {
  test.each([
    ["refusal", "model_refused", "I cannot."],
    ["refusal", "model_refused", ""],
    ["max_tokens", "model_unusable", "and then"],
    ["context_exceeded", "context_exceeded", "so far"],
  ] as const)("after %s may be asked once more when a person wants it, and is told so", (stop, code, text) => {
    const events = [answered(stop, text), parked(code), resumed(3)];
    expect(conversationAfter(...events)).toMatchObject({ answer: null, barren: 0, tooLong: false });
    expect(lastText(...events)).toContain("A person has looked at this");
  });

  test("is not opened by time, nor by a person who retries for another reason", () => {
    const refused = answered("refusal", "I cannot.");
    expect(conversationAfter(refused, parked("model_refused"), resumed(null)).answer).toMatchObject({
      kind: "refused",
    });
    const paused = answered("pause_turn", "Part one,");
    expect(lastText(paused, parked("budget_exhausted"), resumed(3))).toContain("Part one,");
  });

  test("that was not stuck stays as it is, byte for byte", () => {
    const before = conversationAfter();
    expect(conversationAfter(parked("model_refused"), resumed(3))).toEqual(before);
  });
});
