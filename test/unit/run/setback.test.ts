import { describe, expect, test } from "vitest";
import { JourneymanError } from "../../../src/core/errors.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { fold } from "../../../src/core/evolve.ts";
import { setbackOf } from "../../../src/run/setback.ts";
import { DEFAULT_TIMINGS, type World } from "../../../src/run/world.ts";
import * as facts from "../../support/facts.ts";

const START = Date.parse("2026-11-20T12:00:00.000Z");
const step = { kind: "stage", stage: "implement", round: 0 } as const;
const minutes = (count: number): string => new Date(START + count * 60_000).toISOString();

/** As much of the world as a setback looks at. */
const worldAt = (minute: number) =>
  ({ clock: { now: () => START + minute * 60_000 }, timings: DEFAULT_TIMINGS }) as unknown as World;

const outage = new JourneymanError("model_unavailable", { reason: "overloaded", attempts: 5 });
const PARKED: RunEvent = { type: "run.parked", code: "model_unavailable", details: outage.details, resumeAt: null };
const RESUMED: RunEvent = { type: "run.resumed", command: null };
const answered = facts.toPrepared();

function after(events: readonly (readonly [number, RunEvent])[]) {
  const before = answered.map((event) => ({ at: minutes(-1), event }));
  return fold(facts.RUN, [...before, ...events.map(([minute, event]) => ({ at: minutes(minute), event }))]);
}

const setback = (minute: number, events: readonly (readonly [number, RunEvent])[], error = outage) =>
  setbackOf(worldAt(minute), after(events), { step, error });

const FIRST = [
  [0, PARKED],
  [1, RESUMED],
] as const;

describe("F10.M4 an outage of the model", () => {
  test("is waited out with a time for going on", () => {
    for (const minute of [0, 5, 29])
      expect(setback(minute, FIRST)).toMatchObject({ code: "model_unavailable", resumeAt: expect.any(String) });
  });

  test("that has lasted half an hour waits for a person, with how long it has lasted", () => {
    expect(setback(31, FIRST)).toEqual({
      type: "run.parked",
      code: "model_silent",
      details: { minutes: 31, reason: "overloaded" },
      resumeAt: null,
    });
  });

  test("is counted anew once the model has answered in between", () => {
    const saved: RunEvent = {
      type: "checkpoint.saved",
      conversation: "implement.1",
      turn: 1,
      changes: [],
      refused: [],
      ignored: 0,
    };
    const events = [...FIRST, [20, saved], [25, PARKED], [26, RESUMED]] as const;
    expect(setback(31, events)).toMatchObject({ code: "model_unavailable" });
  });
});

describe("a cause that only a person can remove", () => {
  test.each(["model_refused", "model_unusable", "context_exceeded", "sandbox_limit", "call_keeps_failing"] as const)(
    "%s parks the run without a time, and the sentence says what was kept and what to type",
    (code) => {
      const error = new JourneymanError(code, {});
      expect(setback(0, [], error)).toMatchObject({ type: "run.parked", code, resumeAt: null });
      expect(error.message).toMatch(/The work so far is kept|the work so far is kept/);
      expect(error.message).toContain("`/retry`");
    },
  );

  test.each(["docker_unreachable", "image_missing", "storage_unavailable", "github_unavailable"] as const)(
    "%s does not: the run goes on by itself",
    (code) => expect(setback(0, [], new JourneymanError(code, {}))).toMatchObject({ resumeAt: expect.any(String) }),
  );
});
