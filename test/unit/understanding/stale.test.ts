import { describe, expect, test } from "vitest";
import { next } from "../../../src/core/next.ts";
import type { EventOf, RunEvent } from "../../../src/core/events.ts";
import { issueDigest } from "../../../src/core/plan.ts";
import { Sha } from "../../../src/core/ids.ts";
import { intakeFinished, ISSUE, proposed, stateOf, toPlan } from "../../support/facts.ts";
import { explored, routed } from "../../support/work-facts.ts";

/** Sorted, explored, planned; then somebody wants another plan and the issue is taken in again. */
const revisedWith = (intake: Partial<EventOf<"intake.finished">>): RunEvent[] => [
  ...toPlan().slice(0, 4),
  routed(),
  explored(),
  proposed(),
  { type: "plan.revised", command: 1, revision: 1, feedback: "smaller" },
  { ...(intakeFinished() as EventOf<"intake.finished">), ...intake },
];

describe("what was understood is found out again only when it is stale", () => {
  test("the same issue on the same commit: the new plan begins at once", () => {
    const state = stateOf(revisedWith({}));
    expect(state.routing).not.toBeNull();
    expect(next(state)).toEqual({ kind: "stage", stage: "plan", round: 1 });
  });

  test.each([
    ["another issue text", { issueDigest: issueDigest({ ...ISSUE, body: "changed" }) }],
    ["another base commit", { baseSha: Sha.parse("b".repeat(40)) }],
  ])("%s: sorted and explored anew", (_, intake) => {
    const state = stateOf(revisedWith(intake));
    expect([state.routing, state.exploration]).toEqual([null, null]);
    expect(next(state)).toMatchObject({ kind: "stage", stage: "understand" });
  });

  test("a second revision compares with what was understood, not with what came in between", () => {
    const other = { baseSha: Sha.parse("b".repeat(40)) };
    const again: RunEvent[] = [
      ...revisedWith(other),
      routed(),
      explored(),
      { type: "plan.revised", command: 1, revision: 1, feedback: "smaller still" },
    ];
    const intake = intakeFinished() as EventOf<"intake.finished">;
    expect(stateOf([...again, { ...intake, ...other }]).routing).not.toBeNull();
    expect(stateOf([...again, intake]).routing).toBeNull();
  });

  test("an exploration that was not finished is gone on with: the sorting stands", () => {
    const facts = revisedWith({}).filter(({ type }) => type !== "exploration.finished");
    expect(next(stateOf(facts))).toMatchObject({ kind: "stage", stage: "understand" });
    expect(stateOf(facts).routing).not.toBeNull();
  });
});

test("an issue is understood before it is planned, and a plan of an older release needs no understanding", () => {
  const taken = toPlan().slice(0, 4);
  expect(next(stateOf(taken))).toMatchObject({ stage: "understand" });
  expect(next(stateOf([...taken, routed()]))).toMatchObject({ stage: "understand" });
  expect(next(stateOf([...taken, routed(), explored()]))).toMatchObject({ stage: "plan" });
  expect(next(stateOf(toPlan()))).toEqual({ kind: "wait", for: "approval" });
});

test("an answer is kept with its question, so that whoever plans later knows it", () => {
  const state = stateOf([
    ...toPlan().slice(0, 4),
    { type: "question.asked", conversation: "route.1", callId: "c1", questions: ["Is it a bug?"] },
    { type: "question.answered", command: 1, text: "Yes." },
  ]);
  expect(state.answers).toEqual([{ conversation: "route.1", questions: ["Is it a bug?"], answer: "Yes." }]);
});
