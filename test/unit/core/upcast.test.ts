import { describe, expect, test } from "vitest";
import { EVENT_VERSION } from "../../../src/core/events.ts";
import { readEvent, type Upcaster, UPCASTERS } from "../../../src/core/upcast.ts";
import { linesOf, RELEASES } from "../../support/old-journals.ts";

/*
 * No fact has changed its meaning so far. How one that does is read is shown with steps of a history that might have been: `run.finished`
 * once said `result`, then `ended`, and `code` came with the second version.
 */

const renamed =
  (from: string, to: string, more: object = {}): Upcaster =>
  (event) => {
    if (event["type"] !== "run.finished") return event;
    const { [from]: value, ...rest } = event;
    return { ...rest, ...more, [to]: value };
  };
const STEPS: readonly Upcaster[] = [renamed("result", "ended", { code: null }), renamed("ended", "outcome")];

const FINISHED = { type: "run.finished", outcome: "failed", code: null, details: {} };

describe("a fact of an older version", () => {
  test.each([
    [1, { type: "run.finished", result: "failed", details: {} }],
    [2, { type: "run.finished", ended: "failed", code: null, details: {} }],
    [3, FINISHED],
  ])("version %i is made into this one before any schema sees it", (version, stored) => {
    expect(readEvent(stored, version, STEPS)).toEqual({ ok: true, event: FINISHED });
  });

  test("facts that no step concerns come through every step as they are", () => {
    for (const release of RELEASES)
      for (const line of linesOf(release)) {
        const { event } = JSON.parse(line) as { event: { type: string } };
        if (event.type === "run.finished") continue;
        expect(readEvent(event, 1, STEPS)).toEqual(readEvent(event, 3, STEPS));
      }
  });

  test("read as a version that it is not, it is refused", () => {
    expect(readEvent({ type: "run.finished", result: "failed", details: {} }, 2, STEPS)).toMatchObject({ ok: false });
  });

  test("its steps leave what was stored alone", () => {
    const stored = Object.freeze({ type: "run.finished", result: "failed", details: {} });
    readEvent(stored, 1, STEPS);
    expect(stored).toEqual({ type: "run.finished", result: "failed", details: {} });
  });
});

test.each([4, 99])("version %i, which this program does not know, is refused as newer", (version) => {
  expect(readEvent(FINISHED, version, STEPS)).toEqual({
    ok: false,
    reason: `written by a newer version (${version}; this program knows 3)`,
  });
});

test.each([0, -1, 1.5, Number.NaN])("there is no version %d", (version) => {
  expect(readEvent(FINISHED, version, STEPS)).toMatchObject({ ok: false, reason: `there is no version ${version}` });
});

test.each([null, 7, "text", undefined, []])("%j is no fact", (stored) => {
  expect(readEvent(stored, 1)).toMatchObject({ ok: false });
});

test("there is a step for every version but the newest", () => {
  expect(UPCASTERS).toHaveLength(EVENT_VERSION - 1);
});
