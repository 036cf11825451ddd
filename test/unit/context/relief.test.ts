import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { estimateTokens } from "../../../src/core/money/limits.ts";
import { reliefFor } from "../../../src/core/conversation/relief.ts";
import { cleared, compacted, folded, prose, refused, turn, turns } from "./window-facts.ts";

const BOUNDS = { tokens: 20_000, handsOff: true };
/** Answers whose own words are long: nothing in them can be cleared. */
const wordy = (count: number, bytes: number): RunEvent[] =>
  turns(count, 10).map((fact) =>
    fact.type === "model.responded"
      ? {
          ...fact,
          message: {
            role: "assistant",
            content: [...fact.message.content, { type: "text", text: prose(bytes) }].toReversed() as [],
          },
        }
      : fact,
  );

describe("what a long conversation needs", () => {
  test("nothing below seven tenths of the limit", () => {
    expect(reliefFor(folded(...turns(8, 4_000)), BOUNDS)).toEqual({ kind: "none" });
  });

  test("old results are cleared in one large step, the newest four answers stay", () => {
    const relief = reliefFor(folded(...turns(13, 4_000)), BOUNDS);
    expect(relief).toMatchObject({ kind: "clear", beforeTurn: 10, results: 9 });
  });

  test("a step that frees less than a quarter is not worth the cache", () => {
    const conversation = folded(...turns(3, 4_000), ...wordy(7, 3_900));
    expect(estimateTokens(conversation)).toBeGreaterThan(14_000);
    expect(reliefFor(conversation, BOUNDS)).toEqual({ kind: "none" });
  });

  test("at the limit the middle is summed up, and a tail stays", () => {
    const relief = reliefFor(folded(...wordy(20, 4_000)), BOUNDS);
    expect(relief.kind).toBe("compact");
    if (relief.kind === "compact") expect(relief.keepFromTurn).toBeGreaterThan(15);
  });

  test("after two summaries the work is handed over, where it can be", () => {
    const facts = [...wordy(2, 100), compacted(2), compacted(3), ...wordy(20, 4_000)];
    expect(reliefFor(folded(...facts), BOUNDS)).toEqual({ kind: "hand_off" });
    expect(reliefFor(folded(...facts), { ...BOUNDS, handsOff: false }).kind).toBe("compact");
  });

  test("two summaries in a row without an answer are the most", () => {
    const facts = [...wordy(20, 4_000), compacted(12), compacted(13)];
    expect(reliefFor(folded(...facts), { tokens: 8_000, handsOff: false })).toEqual({ kind: "none" });
  });

  test("a task that alone is over the limit is not summed up again and again", () => {
    expect(reliefFor(folded(...turn(1, "x")), { tokens: 1_000, handsOff: false })).toEqual({ kind: "none" });
  });

  test("nothing is taken out while a call is open", () => {
    expect(reliefFor(folded(...turns(30, 4_000).slice(0, -1)), BOUNDS)).toEqual({ kind: "none" });
  });
});

describe("a request that was refused as too long takes out more each time", () => {
  const ladder = (handsOff: boolean): string[] => {
    const facts: RunEvent[] = [...turns(6, 4_000), refused];
    const steps: string[] = [];
    for (let step = 0; step < 10; step += 1) {
      const relief = reliefFor(folded(...facts), { tokens: 200_000, handsOff });
      steps.push(relief.kind === "compact" ? `compact ${relief.keepFromTurn}` : relief.kind);
      if (relief.kind === "clear") facts.push(cleared(relief.beforeTurn));
      else if (relief.kind === "compact") facts.push(compacted(relief.keepFromTurn));
      else break;
      facts.push(refused);
    }
    return steps;
  };

  test("results first, then the middle, then all, then a fresh context, and only then the end", () => {
    expect(ladder(true)).toEqual(["clear", "clear", "compact 7", "hand_off"]);
    expect(ladder(false)).toEqual(["clear", "clear", "compact 7", "exceeded"]);
  });

  test("a first request has nothing to take out", () => {
    expect(reliefFor(folded(refused), BOUNDS)).toEqual({ kind: "exceeded" });
  });
});
