import { describe, expect, test } from "vitest";
import { timeFor } from "../../../src/core/money/limits.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { fold } from "../../../src/core/evolve.ts";
import { Settings } from "../../../src/core/settings/settings.ts";
import { commandTime, type StageContext } from "../../../src/run/stage.ts";
import { drive } from "../../support/driven-loop.ts";
import * as facts from "../../support/facts.ts";
import { openLocalWorkspace } from "../../support/local-workspace.ts";
import { call, calls, scriptedPort } from "../../support/scripted-port.ts";

const MINUTE = 60_000;
const started = (stage: "implement" | "verify", round = 0): RunEvent => ({
  type: "stage.started",
  stage,
  round,
  worker: "w",
});
const note: RunEvent = { type: "todo.updated", items: [] };

/** Facts a minute apart, after a preparation. */
const stateAfter = (events: readonly RunEvent[], settings?: Settings) =>
  fold(facts.RUN, [
    ...facts.stored(facts.toPrepared(settings)),
    ...events.map((event, n) => ({ at: new Date(Date.UTC(2026, 0, 2, 0, n)).toISOString(), event })),
  ]);

describe("the time of a stage", () => {
  test("is what was worked in it, and goes on counting when it is begun again after a crash", () => {
    const state = stateAfter([started("implement"), note, note, started("implement"), note]);
    expect([state.stageMs, state.stage, state.round]).toEqual([3 * MINUTE, "implement", 0]);
    expect(state.workMs).toBe(3 * MINUTE);
  });

  test("counts anew in another round and in another stage", () => {
    expect(stateAfter([started("implement"), note, started("implement", 1), note]).stageMs).toBe(MINUTE);
    expect(stateAfter([started("implement"), note, started("verify"), note]).stageMs).toBe(MINUTE);
  });

  test("leaves out what was waited for people", () => {
    const parked: RunEvent = { type: "run.parked", code: "budget_exhausted", details: {}, resumeAt: null };
    const resumed: RunEvent = { type: "run.resumed", command: null };
    const state = stateAfter([started("implement"), note, parked, resumed, started("implement"), note]);
    expect(state.stageMs).toBe(3 * MINUTE);
  });
});

describe("a command", () => {
  const settings = Settings.parse({ limits: { run_minutes: 30, stage_minutes: 20 } });
  const contextAt = (workMs: number, stageMs: number): StageContext => {
    const state = { ...stateAfter([started("implement")], settings), workMs, stageMs };
    return { state: () => state } as unknown as StageContext; // nothing else is asked
  };

  test("may take its minutes, and never more than what is left of the stage and of the run", () => {
    expect(commandTime(contextAt(0, 0), 10)).toBe(10 * MINUTE);
    expect(commandTime(contextAt(15 * MINUTE, 15 * MINUTE), 10)).toBe(5 * MINUTE);
    expect(commandTime(contextAt(28 * MINUTE, 0), 10)).toBe(2 * MINUTE);
  });

  test("gets a second when all is used up, to say that it was cut", () => {
    expect(commandTime(contextAt(31 * MINUTE, 0), 10)).toBe(1_000);
    expect(timeFor(500, -5)).toBe(500);
  });

  test("of a tool is ended then, and the model is told", async () => {
    const workspace = await openLocalWorkspace({});
    const model = scriptedPort(
      calls(call("b", "bash", { command: "sleep 30; echo late", timeout: 60 })),
      calls(call("s", "submit", { summary: "Done." })),
    );
    const { facts: written, end } = await drive({ model, workspace, limits: { commandMs: 1_000 } });
    await workspace.close();
    expect(JSON.stringify(written)).toMatch(/timeout/);
    expect(JSON.stringify(written)).not.toMatch(/late\\n/);
    expect(end?.kind).toBe("submitted");
  });
});

test("a stage whose time is used up asks the model nothing more", async () => {
  const workspace = await openLocalWorkspace({});
  const model = scriptedPort(calls(call("s", "submit", { summary: "Done." })));
  const { error } = await drive({ model, workspace, stageWorkedMs: 3_600_000 });
  await workspace.close();
  expect([error?.code, error?.details, model.requests.length]).toEqual([
    "stage_time_limit",
    { minutes: 60, stage: "implement" },
    0,
  ]);
  expect(error?.message).toContain("`limits.stage_minutes`");
});
