import { expect, test } from "vitest";
import { abandons } from "../../../src/core/abandon.ts";
import { JourneymanError, type ErrorCode } from "../../../src/core/errors.ts";
import type { RunEvent, Stage } from "../../../src/core/events.ts";
import * as facts from "../../support/facts.ts";
import * as work from "../../support/work-facts.ts";

const inState = (events: readonly RunEvent[], stage: Stage, code: ErrorCode): boolean =>
  abandons(facts.stateOf(events), stage, new JourneymanError(code));
const parked = (code: string): RunEvent => ({ type: "run.parked", code, details: {}, resumeAt: null });
const times = (count: number, code: string): RunEvent[] => Array.from({ length: count }, () => parked(code));

test.each([
  "turn_limit",
  "model_refused",
  "model_unusable",
  "price_unknown",
  "budget_exhausted",
  "day_budget_exhausted",
  "model_unauthorized",
] as const)("a review that meets %s is gone on without", (code) => {
  expect(inState(work.passed(), "review", code)).toBe(true);
});

test("a fix is given up only where a change has passed already", () => {
  expect(inState(work.atWork(), "implement", "turn_limit")).toBe(false);
  expect(inState(work.passed(), "implement", "turn_limit")).toBe(true);
});

test.each(["plan", "prepare", "verify", "publish"] as const)("%s is never gone on without", (stage) => {
  expect(inState(work.passed(), stage, "turn_limit")).toBe(false);
});

test("a lost sandbox is tried again", () => {
  expect(inState(work.passed(), "review", "sandbox_lost")).toBe(false);
});

test("an outage is waited out three times, then the change is published without the review", () => {
  const passed = work.passed();
  expect(inState(passed, "review", "model_unavailable")).toBe(false);
  expect(inState([...passed, ...times(2, "model_unavailable")], "review", "model_unavailable")).toBe(false);
  expect(inState([...passed, ...times(3, "model_unavailable")], "review", "model_unavailable")).toBe(true);
  expect(inState([...passed, ...times(3, "docker_unreachable")], "review", "model_unavailable")).toBe(false);
});
