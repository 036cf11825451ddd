import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { next } from "../../../src/core/next.ts";
import { publishedCheckpoint } from "../../../src/core/testing/attempts.ts";
import { Settings } from "../../../src/core/settings/settings.ts";
import * as facts from "../../support/facts.ts";
import * as work from "../../support/work-facts.ts";

const stepAfter = (events: readonly RunEvent[]): string => {
  const step = next(facts.stateOf(events));
  return step.kind === "stage" ? `${step.stage} ${step.round}` : step.kind;
};

const unreviewed = Settings.parse({ review: { enabled: false } });
const draft = Settings.parse({ publish: { on_failure: "draft" } });
const blocker = work.reviewed(work.finding("nit"), work.finding("blocker"));
const minor = work.reviewed(work.finding("minor"));
const reviewFix = [...work.passed(), blocker];
const WITH_TEST = ["src/money.js", "test/money.test.js"];
const failures = (count: number): RunEvent[] => Array.from({ length: count }, () => work.failedAttempt()).flat();

const TABLE: readonly (readonly [rule: string, events: readonly RunEvent[], step: string])[] = [
  ["a change that passed is reviewed", work.passed(), "review 0"],
  ["a change that passed is published at once where reviews are off", work.passed(undefined, unreviewed), "publish 0"],
  ["a change that is empty is not reviewed", work.passed([]), "publish 0"],
  [
    "a change whose publication had begun before there were reviews is not held back for one",
    [...work.passed(), { type: "effect.intended", key: "commit", kind: "commit" }],
    "publish 0",
  ],
  ["a change that failed is not reviewed", [...work.atWork(), ...failures(1)], "implement 1"],
  [
    "a failing change that is kept as a draft is not reviewed",
    [...work.atWork(undefined, draft), ...failures(4)],
    "publish 0",
  ],
  ["a change without a test command is reviewed too", [...work.atWork(), facts.submitted(), finished()], "review 0"],
  ["a review without grave findings is followed by publishing", [...work.passed(), minor], "publish 0"],
  ["a review with a blocker is followed by a fix", reviewFix, "implement 1"],
  ["the fix after a review is verified", [...reviewFix, facts.submitted()], "verify 1"],
  ["a fix that passes is published without a second review", [...reviewFix, ...work.passedAttempt()], "publish 0"],
  ["a fix that fails is fixed as always", [...reviewFix, ...failures(1)], "implement 2"],
  ["three fixes in all after a review's fix failed", [...reviewFix, ...failures(3)], "implement 4"],
  ["when those are used up, what passed is published", [...reviewFix, ...failures(4)], "publish 0"],
  [
    "failures before the review count as fixes",
    [...work.atWork(), ...failures(3), ...work.passedAttempt(), blocker, ...failures(1)],
    "publish 0",
  ],
  [
    "a review that came to no end is gone on without",
    [...work.passed(), work.abandoned("review", "turn_limit")],
    "publish 0",
  ],
  [
    "a fix that came to no end is gone on without",
    [...reviewFix, work.abandoned("implement", "turn_limit")],
    "publish 0",
  ],
  [
    "a second try at a review's fix that came to no end is gone on without",
    [...reviewFix, ...failures(1), work.abandoned("implement", "turn_limit")],
    "publish 0",
  ],
  ["the tests of a bug's change are tried on the base first", bug(), "verify 0"],
  ["then it is reviewed", [...bug(), work.reproduced(1, ["rounds half up"])], "review 0"],
  ["tests that show nothing do not hold it up", [...bug(), work.reproduced(1, [])], "review 0"],
  ["a bug's change without a test goes to review", withRoute(work.passed(["src/money.js"])), "review 0"],
  ["a feature's tests are not tried on the base", withRoute(work.passed(WITH_TEST), "feature"), "review 0"],
  [
    "after a review's fix they are tried again, since it may have changed them",
    [...bug(), work.reproduced(1, ["rounds half up"]), blocker, ...work.passedAttempt()],
    "verify 1",
  ],
];

function finished(): RunEvent {
  return { type: "stage.finished", stage: "verify", round: 0 };
}

function withRoute(events: readonly RunEvent[], kind: "bug" | "feature" = "bug"): RunEvent[] {
  return [...events, work.routed({ kind })];
}

function bug(): RunEvent[] {
  return withRoute(work.passed(WITH_TEST));
}

describe("next, from a change that passed to its publication", () => {
  test.each(TABLE)("%s", (_, events, step) => {
    expect(stepAfter(events)).toBe(step);
  });

  test("what was changed after the tests passed is not published unless it passes as well", () => {
    const later = [...reviewFix, work.saved(["src/money.js"], 2)];
    const published = (events: readonly RunEvent[]) => publishedCheckpoint(facts.stateOf(events))?.turn;
    expect(published(later)).toBe(1);
    expect(published([...later, ...failures(4)])).toBe(1);
    expect(published([...later, ...work.passedAttempt()])).toBe(2);
    expect(published([...work.atWork(undefined, draft), ...failures(4)])).toBe(1);
  });
});
