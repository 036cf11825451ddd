import { expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { visibleIssue } from "../../../src/run/planning/visible-issue.ts";
import type { StageContext } from "../../../src/run/stage.ts";
import { ISSUE, intakeFinished, requested, stateOf } from "../../support/facts.ts";

/** A stage whose issue has these comments; nothing else is asked. */
function stageWith(bodies: readonly string[]): StageContext {
  const comments = bodies.map((body, at) => ({ id: at + 1, author: "stranger", body }));
  const event = intakeFinished();
  const intake: RunEvent = event.type === "intake.finished" ? { ...event, issue: { ...ISSUE, comments } } : event;
  const state = stateOf([requested(), intake]);
  return { state: () => state } as unknown as StageContext;
}

const bodiesIn = (context: StageContext): readonly string[] =>
  visibleIssue(context).issue.comments.map(({ body }) => body);

test("S37 of the comments of strangers only those are read that are shown, each to where it is shown, and once", () => {
  const context = stageWith(Array.from({ length: 2_000 }, () => "a <!-- b -->".repeat(5_000)));
  const started = performance.now();
  const first = visibleIssue(context);
  for (let asked = 0; asked < 20; asked++) expect(visibleIssue(context)).toBe(first);
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(first.issue.comments).toHaveLength(2_000);
});

test("a comment that is too old to be shown has no text, seen or hidden", () => {
  const bodies = bodiesIn(
    stageWith(["old <!-- x -->", ...Array.from({ length: 40 }, (_, at) => `new ${at} <!-- y -->`)]),
  );
  expect(bodies.slice(0, 2)).toEqual(["", "new 0"]);
  expect(bodies.at(-1)).toBe("new 39");
});
