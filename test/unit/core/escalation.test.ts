import { expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { escalation } from "../../../src/core/escalation.ts";
import { Settings } from "../../../src/core/settings/settings.ts";
import * as facts from "../../support/facts.ts";
import * as work from "../../support/work-facts.ts";

const easy = work.started("implement.1", { role: "executor_easy", model: "claude-sonnet-5" });
const medium = work.started("implement.2", {
  continues: { conversation: "implement.1", cause: "escalation" },
  reason: "two failures",
});
const run = (...events: (RunEvent | readonly RunEvent[])[]) =>
  escalation(facts.stateOf([...facts.toPrepared(), ...events.flat()]));
const once = work.failedAttempt();
const twice = [...once, ...once];
const onceMore = work.failedAttempt("implement.2");

test("one failed attempt is for the same executor to fix", () => {
  expect(run(easy, once)).toBeNull();
});

test("after two failed attempts in a row the next stronger executor goes on, and the reason says so", () => {
  expect(run(easy, twice)).toMatchObject({ role: "executor", model: "claude-opus-5-5", effort: "medium" });
  expect(run(easy, twice)?.reason).toBe(
    "2 failed attempts by executor_easy claude-sonnet-5/medium → executor claude-opus-5-5/medium",
  );
});

test("each executor has its own two attempts", () => {
  expect(run(easy, twice, medium)).toBeNull();
  expect(run(easy, twice, medium, onceMore)).toBeNull();
  expect(run(easy, twice, medium, onceMore, onceMore)).toMatchObject({ role: "executor_hard", effort: "high" });
});

test("at the top of the ladder nobody is stronger", () => {
  expect(run(work.started("implement.1", { role: "executor_hard", effort: "high" }), twice)).toBeNull();
});

test("a step of the ladder that is the very same model and effort is no step", () => {
  const same = { model: "claude-sonnet-5", effort: "medium" };
  const settings = Settings.parse({ models: { executor_easy: same, executor: same } });
  const state = facts.stateOf([...facts.toPrepared(settings), easy, ...twice]);
  expect(escalation(state)?.role).toBe("executor_hard");
});

test("a model that a person named stays", () => {
  const named = facts
    .toPrepared()
    .map((event): RunEvent => (event.type === "plan.approved" ? { ...event, model: "claude-sonnet-5" } : event));
  expect(escalation(facts.stateOf([...named, easy, ...twice]))).toBeNull();
});

test("attempts before a change that passed do not count against the fix of its review", () => {
  const blocker = work.reviewed(work.finding("blocker"));
  const before = [easy, once, work.passedAttempt(), blocker].flat();
  expect(run(before, once)).toBeNull();
  expect(run(before, twice)).toMatchObject({ role: "executor" });
});

test("nothing is decided before the last submission was tested", () => {
  expect(run(easy, twice, facts.submitted())).toBeNull();
});
