import { describe, expect, test } from "vitest";
import { ceilingOf, lackOf, offerFor, openLack, roleCeilingOf } from "../../../src/core/money/ceiling.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { Settings } from "../../../src/core/settings/settings.ts";
import * as facts from "../../support/facts.ts";
import { asked, conversationStarted, parkedFor, spentIn } from "../../support/money-facts.ts";

const USD = 1_000_000;
const settings = Settings.parse({ budget: { run_usd: 4 }, models: { executor: { max_usd: 1 } } });
const working: readonly RunEvent[] = [
  ...facts.toPrepared(settings),
  conversationStarted("implement.1", "executor"),
  conversationStarted("review.1", "reviewer"),
];
const budget = (usd: number): RunEvent => ({
  type: "budget.changed",
  command: 5,
  ceilingMicroUsd: usd * USD,
  by: facts.MAINTAINER,
});
const wish = (conversation: string, usd: number) => ({ conversation, neededMicroUsd: Math.round(usd * USD) });

describe("the ceiling of a run", () => {
  test("is what the settings say until a person names one; what was named last counts", () => {
    expect(ceilingOf(facts.stateOf(working))).toBe(4 * USD);
    expect(ceilingOf(facts.stateOf([...working, budget(9)]))).toBe(9 * USD);
    const approve: RunEvent = { ...facts.approved(5), budgetMicroUsd: 3 * USD } as RunEvent;
    expect(ceilingOf(facts.stateOf([...facts.toPlan(settings), budget(9), approve]))).toBe(3 * USD);
    expect(ceilingOf(facts.stateOf([...facts.toPlan(settings), approve, budget(9)]))).toBe(9 * USD);
    expect(ceilingOf(facts.stateOf([...facts.toPlan(settings), budget(9), facts.approved(5)]))).toBe(9 * USD);
  });

  test("counts what calls of other conversations may still cost, and not the call that is asked anew", () => {
    const state = facts.stateOf([...working, ...spentIn("review.1", USD), asked("review.1", 2 * USD)]);
    expect(lackOf(state, wish("implement.1", 1))).toBeNull();
    const lack = lackOf(state, wish("implement.1", 1.000001));
    expect(lack).toEqual({ scope: "run", ceiling: 4 * USD, spent: 3 * USD, needed: 1_000_001 });
    expect(lackOf(state, wish("review.1", 3))).toBeNull();
  });
});

describe("the ceiling of a role", () => {
  test("holds for the conversations of that role alone", () => {
    const state = facts.stateOf([...working, ...spentIn("implement.1", 0.9 * USD)]);
    expect(lackOf(state, wish("implement.1", 0.2))).toMatchObject({ scope: "executor", spent: 0.9 * USD });
    expect(lackOf(state, wish("review.1", 0.2))).toBeNull();
  });

  test("grows with the run's, and does not shrink with it", () => {
    expect(roleCeilingOf(facts.stateOf(working), "executor")).toBe(USD);
    expect(roleCeilingOf(facts.stateOf([...working, budget(10)]), "executor")).toBe(2.5 * USD);
    expect(roleCeilingOf(facts.stateOf([...working, budget(2)]), "executor")).toBe(USD);
    expect(roleCeilingOf(facts.stateOf([...working, budget(10)]), "reviewer")).toBeNull();
    expect(roleCeilingOf(facts.stateOf(working), "__proto__")).toBeNull();
  });
});

test("a subagent may not pass its own share although the run has room", () => {
  const state = facts.stateOf([...working, ...spentIn("review.1", 0.5 * USD)]);
  expect(lackOf(state, { ...wish("review.1", 0.5), most: USD })).toBeNull();
  expect(lackOf(state, { ...wish("review.1", 0.6), most: USD })).toMatchObject({ scope: "conversation" });
});

describe("what a higher budget would buy", () => {
  const after = (usd: number, more: readonly RunEvent[] = []) =>
    facts.stateOf([...working, ...more, ...spentIn("review.1", usd * USD)]);

  test("half as much again in round dollars, counted in turns at the average so far", () => {
    const state = after(3.8);
    const lack = lackOf(state, wish("review.1", 0.5)) ?? expect.fail("there is room");
    // One turn took 3.80; ten more need 42.30, which is more than half as much again.
    expect(offerFor(state, lack)).toEqual({ budget: 43 * USD, turns: 11 });
  });

  test("the offer is enough for the call, for a run as for a role", () => {
    for (const [conversation, spent] of [
      ["review.1", 3.9],
      ["implement.1", 0.99],
    ] as const) {
      const state = facts.stateOf([...working, ...spentIn(conversation, spent * USD)]);
      const lack = lackOf(state, wish(conversation, 0.7)) ?? expect.fail("there is room");
      const { budget: offered, turns } = offerFor(state, lack);
      expect(turns).toBeGreaterThanOrEqual(1);
      expect(offered % 10_000).toBe(0);
      expect(lackOf({ ...state, budgetMicroUsd: offered }, wish(conversation, 0.7))).toBeNull();
    }
  });

  test("a parked run lacks money until the ceiling is high enough", () => {
    const parked = [...working, ...spentIn("review.1", 3.9 * USD), parkedFor("review.1", 0.7 * USD)];
    expect(openLack(facts.stateOf(parked))).toMatchObject({ scope: "run", needed: 0.7 * USD });
    expect(openLack(facts.stateOf([...parked, budget(5)]))).toBeNull();
    expect(openLack(facts.stateOf(working))).toBeNull();
  });
});
