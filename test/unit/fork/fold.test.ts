import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { inherited, isSilent } from "../../../src/core/fork.ts";
import { forkFacts } from "../../../src/core/fork-facts.ts";
import { settingsUnder } from "../../../src/core/fork-settings.ts";
import { next } from "../../../src/core/next.ts";
import { DEFAULT_SETTINGS } from "../../../src/core/settings/settings.ts";
import { fold } from "../../../src/core/evolve.ts";
import { summarise } from "../../../src/run/summary.ts";
import { digestOf } from "../../../src/core/digest.ts";
import * as facts from "../../support/facts.ts";
import { begun, executedBy, forked } from "../../support/fork-facts.ts";
import * as work from "../../support/work-facts.ts";

const answered: RunEvent = {
  type: "model.responded",
  conversation: "implement.1",
  turn: 1,
  message: { role: "assistant", content: [{ type: "text", text: "ok" }] },
  stopReason: "end_turn",
  usage: { input: 10, cacheRead: 0, cacheWrite: 0, output: 5 },
  costMicroUsd: 700,
  requestId: "r",
  durationMs: 1,
};
const asked: RunEvent = {
  type: "model.requested",
  conversation: "implement.1",
  turn: 2,
  model: "claude-opus-5-5",
  requestDigest: digestOf("request"),
  reservedMicroUsd: 900,
};
const failed: RunEvent = { type: "run.finished", outcome: "failed", code: "tests_failed", details: { fixes: 3 } };
const AT_WORK = [...facts.toPlan(), facts.received(facts.approveCommand()), ...accept(5), begun("implement")];

function accept(command: number): RunEvent[] {
  return [{ type: "command.accepted", command, permission: "write" }, facts.approved(command)];
}

describe("a fork", () => {
  test("takes over the work, and nothing of what it cost, showed or came to", () => {
    const before = [...AT_WORK, work.started("implement.1"), answered, asked, work.saved(["a.js"]), failed];
    const state = facts.stateOf([...before, forked({ at: before.length - 1 })]);
    expect(state).toMatchObject({ costMicroUsd: 0, turns: 0, openCalls: {}, effects: {}, outcome: null, workMs: 0 });
    expect(state.costByRole).toEqual({});
    expect(state.checkpoint?.changes).toHaveLength(1);
    expect(state.conversations["implement.1"]?.turn).toBe(1);
    expect(state.approval?.by).toEqual(facts.MAINTAINER);
    expect(state.fork).toMatchObject({ index: before.length, inheritedMicroUsd: 700 });
    expect(inherited(state)).toBe(before.length);
  });

  test("goes on where it was forked: with the plan before the approval, with the work after it", () => {
    expect(next(facts.stateOf([...facts.toPlan(), forked()]))).toEqual({ kind: "wait", for: "approval" });
    expect(next(facts.stateOf([...AT_WORK, forked()]))).toMatchObject({ kind: "stage", stage: "prepare" });
    expect(next(facts.stateOf([...facts.toPrepared(), failed, forked()]))).toMatchObject({ stage: "implement" });
  });

  test("is wanted also when nobody had answered the first command, with its words", () => {
    const plan = facts.received({ name: "plan", guidance: "keep it short", source: "comment" });
    const state = facts.stateOf([facts.requested(), plan, forked({ at: 1 })]);
    expect(state).toMatchObject({
      accepted: true,
      guidance: "keep it short",
      requester: facts.MAINTAINER,
      commands: [],
    });
    expect(next(state)).toMatchObject({ kind: "stage", stage: "intake" });
    expect(next(facts.stateOf([facts.requested(), forked()]))).toMatchObject({ stage: "intake" });
  });

  test("does not count the time since its last fact as work", () => {
    const [first, ...rest] = facts.stored([...AT_WORK, forked(), work.started("implement.1")]);
    const late = rest.map((fact) =>
      fact.index > AT_WORK.length - 1
        ? { ...fact, at: new Date(Date.parse(fact.at) + 86_400_000).toISOString() }
        : fact,
    );
    const state = fold(facts.RUN, first === undefined ? [] : [first, ...late]);
    expect(state.workMs).toBeLessThan(10_000);
  });

  test("that shows nothing owns no issue, and is due as long as there is something to do", () => {
    const now = "2026-01-02T00:00:00.000Z";
    const silent = facts.stateOf([...AT_WORK, forked()]);
    expect(isSilent(silent)).toBe(true);
    expect(summarise(silent, now, { runUrl: null })).toMatchObject({ live: false, dueAt: now });
    expect(summarise(facts.stateOf([...facts.toPlan(), forked()]), now, { runUrl: null }).dueAt).toBeNull();
    const shown = facts.stateOf([...AT_WORK, forked({ publish: true })]);
    expect(summarise(shown, now, { runUrl: null }).live).toBe(true);
  });

  test("of a fork counts from the second one", () => {
    const state = facts.stateOf([
      ...AT_WORK,
      forked(),
      work.started("implement.1"),
      answered,
      forked({ publish: true }),
    ]);
    expect(state).toMatchObject({ costMicroUsd: 0, fork: { inheritedMicroUsd: 700, publish: true } });
    expect(isSilent(state)).toBe(false);
  });

  test("keeps the ceiling that it was given, not the one that its origin had", () => {
    const before = [
      ...AT_WORK,
      { type: "budget.changed", command: 5, ceilingMicroUsd: 9_000_000, by: facts.MAINTAINER } as const,
    ];
    expect(facts.stateOf([...before, forked()]).budgetMicroUsd).toBeNull();
    expect(facts.stateOf([...before, forked({ budgetMicroUsd: 2_000_000 })]).budgetMicroUsd).toBe(2_000_000);
  });
});

describe("models and settings of a fork", () => {
  test("one model stands in every role, efforts as they were; other settings stay", () => {
    const settings = settingsUnder({ settings: null, model: "m" }, executedBy("x"));
    expect([...new Set(Object.values(settings.models).map(({ model }) => model))]).toEqual(["m"]);
    expect(settings.models.executor.effort).toBe("low");
    expect(settings.budget).toEqual(DEFAULT_SETTINGS.budget);
    expect(settingsUnder(null, DEFAULT_SETTINGS)).toBe(DEFAULT_SETTINGS);
  });

  test("hold for what was read before the fork, and stand before a model named in the approval", () => {
    const approval = { ...facts.approved(5), model: "named" } as RunEvent;
    const before = [...facts.toPlan(), facts.received(facts.approveCommand()), ...accept(5).slice(0, 1), approval];
    const state = facts.stateOf([...before, forked({ model: "m" })]);
    expect(state.intake?.settings.models.planner.model).toBe("m");
    expect(state.approval).toMatchObject({ model: null, by: facts.MAINTAINER });
    expect(facts.stateOf([...before, forked({ settings: executedBy("x") })]).approval).toMatchObject({
      model: "named",
    });
  });

  const talks = [
    ...AT_WORK,
    work.started("plan.1", { role: "planner", model: "p" }),
    work.started("implement.1", { model: "a" }),
    work.started("implement.2", { model: "b", continues: { conversation: "implement.1", cause: "escalation" } }),
  ];
  const switchesAt = (events: readonly RunEvent[], more: Parameters<typeof forked>[0]) => {
    const { type: _, ...wanted } = forked(more);
    const [first, ...others] = forkFacts(facts.stateOf(events), wanted);
    expect(first?.type).toBe("run.forked");
    return others.map((event) =>
      event.type === "model.switched" ? `${event.conversation} ${event.from}>${event.to}` : "",
    );
  };

  test("are taken up by the conversation that is under way, and by no other", () => {
    expect(switchesAt(talks, { model: "m" })).toEqual(["implement.2 b>m"]);
    expect(switchesAt(talks, { model: "b" })).toEqual([]);
    expect(switchesAt(talks, {})).toEqual([]);
    expect(switchesAt(talks, { settings: executedBy("x") })).toEqual(["implement.2 b>x"]);
  });

  test("are taken up by the planner while there is no plan", () => {
    const planning = [...facts.toPlan().slice(0, 4), work.started("plan.1", { role: "planner", model: "p" })];
    expect(switchesAt(planning, { model: "m" })).toEqual(["plan.1 p>m"]);
  });

  test("are taken up by a helper only while its call waits", () => {
    const call = { type: "tool_call" as const, id: "c1", name: "task", input: {} };
    const delegating: RunEvent = {
      ...answered,
      message: { role: "assistant", content: [call] },
      stopReason: "tool_use",
    };
    const parent = { conversation: "implement.1", callId: "c1" };
    const helper = work.started("task.1", { role: "explorer", model: "h", parent });
    const open = [...AT_WORK, work.started("implement.1", { model: "a" }), delegating, helper];
    expect(switchesAt(open, { model: "m" })).toEqual(["implement.1 a>m", "task.1 h>m"]);
    const result = { conversation: "implement.1", turn: 1, callId: "c1", content: "", isError: false, durationMs: 1 };
    expect(switchesAt([...open, { type: "tool.returned", ...result }], { model: "m" })).toEqual(["implement.1 a>m"]);
  });
});
