import { describe, expect, test } from "vitest";
import type { EventOf } from "../../../src/core/events.ts";
import { executorFor, roleFor } from "../../../src/core/settings/role.ts";
import { DEFAULT_SETTINGS } from "../../../src/core/settings/settings.ts";
import { approved, RUN, stateOf, toPlan } from "../../support/facts.ts";
import { routed } from "../../support/work-facts.ts";
import { emptyState } from "../../../src/core/state.ts";

describe("the difficulty picks executor, model and effort, and the reason says so", () => {
  test.each([
    ["easy", "executor_easy", "claude-sonnet-5", "medium"],
    ["medium", "executor", "claude-opus-5-5", "medium"],
    ["hard", "executor_hard", "claude-opus-5-5", "high"],
  ] as const)("%s → %s", (difficulty, role, model, effort) => {
    const state = stateOf([...toPlan(), routed({ difficulty })]);
    expect(executorFor(state)).toEqual({
      role,
      model,
      effort,
      reason: `difficulty ${difficulty} → ${role} ${model}/${effort}`,
    });
  });

  test("a model that a person named in /approve stands, whatever the difficulty; the role stays", () => {
    const approval = { ...(approved(5) as EventOf<"plan.approved">), model: "claude-haiku-4-5" };
    const chosen = executorFor(stateOf([...toPlan(), routed({ difficulty: "hard" }), approval]));
    expect(chosen).toMatchObject({ role: "executor_hard", model: "claude-haiku-4-5", effort: "high" });
    expect(chosen.reason).toContain("claude-haiku-4-5 named in /approve");
  });

  test("a run of an older release, whose issue was never sorted, counts as medium", () => {
    expect(executorFor(emptyState(RUN))).toMatchObject({ role: "executor" });
  });

  test("settings are heard", () => {
    const models = { ...DEFAULT_SETTINGS.models, router: { model: "own-1", effort: "high" as const } };
    expect(roleFor("router", { ...DEFAULT_SETTINGS, models }, "every issue")).toMatchObject({ model: "own-1" });
  });
});
