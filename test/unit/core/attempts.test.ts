import { expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { fixesLeft, isVerified } from "../../../src/core/testing/attempts.ts";
import * as facts from "../../support/facts.ts";
import * as work from "../../support/work-facts.ts";

const after = (...events: readonly (RunEvent | readonly RunEvent[])[]) =>
  facts.stateOf([...work.atWork(), ...events.flat()]);
const blocker = work.reviewed(work.finding("blocker"));
const passed = [facts.submitted(), facts.report()];

test("a submission is verified by its own tests, not by those of the one before", () => {
  expect(isVerified(after())).toBe(false);
  expect(isVerified(after(passed))).toBe(true);
  expect(isVerified(after(passed, facts.submitted()))).toBe(false);
  expect(isVerified(after(passed, work.failedAttempt()))).toBe(false);
});

test("each failed attempt takes one of those that are left, one that passes takes none", () => {
  expect(fixesLeft(after())).toBe(4);
  expect(fixesLeft(after(work.failedAttempt(), work.passedAttempt(), work.failedAttempt()))).toBe(2);
  expect(fixesLeft(after(...Array.from({ length: 6 }, () => work.failedAttempt())))).toBe(0);
});

test("what passed stays what is published until something else passes", () => {
  const state = after(passed, blocker, work.saved(["src/money.js"], 2), work.failedAttempt());
  expect(state.green).toMatchObject({ attempt: 1, checkpoint: { turn: 1 } });
});

test("a fresh context that goes on with the work is not told again what it was begun with", () => {
  const fresh = work.started("implement.2", { continues: { conversation: "implement.1", cause: "escalation" } });
  expect(after(work.failedAttempt(), work.failedAttempt(), fresh)).toMatchObject({ fixesAsked: 2, reviewsTold: 0 });
  expect(after(passed, blocker, fresh)).toMatchObject({ fixesAsked: 1, reviewsTold: 1 });
});
