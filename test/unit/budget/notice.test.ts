import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { Settings } from "../../../src/core/settings/settings.ts";
import { JourneymanError } from "../../../src/core/errors.ts";
import { parkedKey, parkedNotice } from "../../../src/views/notice.ts";
import { budgetReply } from "../../../src/views/budget.ts";
import { owed } from "../../../src/views/owed.ts";
import { statusComment } from "../../../src/views/status-comment.ts";
import { lackOf } from "../../../src/core/money/ceiling.ts";
import { budgetExhausted } from "../../../src/run/talk/purse.ts";
import * as facts from "../../support/facts.ts";
import { conversationStarted, parkedFor, spentIn } from "../../support/money-facts.ts";

const USD = 1_000_000;
const view = { runUrl: null };
const planning: RunEvent[] = [
  { type: "stage.started", stage: "plan", round: 0, worker: "w" },
  conversationStarted("plan.1", "planner"),
  ...spentIn("plan.1", 400_000),
];
const working: RunEvent[] = [
  { type: "stage.started", stage: "implement", round: 0, worker: "w" },
  conversationStarted("implement.1", "executor"),
  ...Array.from({ length: 9 }, () => spentIn("implement.1", 400_000)).flat(),
];
const settings = Settings.parse({ budget: { run_usd: 4.2 } });
const begun = [...facts.toPrepared(settings), ...planning, ...working];

/** Held up as the purse holds a run up. */
function heldUp(): RunEvent[] {
  const lack = lackOf(facts.stateOf(begun), { conversation: "implement.1", neededMicroUsd: 350_000 });
  const { code, details } = budgetExhausted(lack ?? expect.fail("there is room"), "implement.1");
  return [...begun, { type: "run.parked", code, details, resumeAt: null }];
}

describe("a run whose budget is used up", () => {
  test("is told in one comment: what was spent where, and what /budget would buy", () => {
    expect(parkedNotice(facts.stateOf(heldUp()))).toBe(
      [
        "**Held up.** The budget of this run is used up: $4.00 of $4.20 spent, and the next call to the model may cost $0.35. The work so far is kept. Comment `/budget $N` with a higher amount to go on.",
        "Spent by stage: `plan` $0.40, `implement` $3.60. By role: `planner` $0.40, `executor` $3.60. 10 turns ($0.40 on average).",
        "`/budget $9` would buy about 12 more turns at the average so far.",
        "Nothing was changed in the repository. To stop, comment `/stop`.",
      ].join("\n\n"),
    );
  });

  test("is told again when a higher budget is used up as well, and once each time", () => {
    const first = facts.stateOf(heldUp());
    const raised: RunEvent = { type: "budget.changed", command: 5, ceilingMicroUsd: 5 * USD, by: facts.MAINTAINER };
    const second = facts.stateOf([
      ...heldUp(),
      raised,
      { type: "run.resumed", command: 5 },
      parkedFor("implement.1", 9 * USD),
    ]);
    const keys = [parkedKey(first), parkedKey(second)];
    expect(new Set(keys).size).toBe(2);
    expect(parkedKey(facts.stateOf([...heldUp(), { type: "run.resumed", command: null }]))).toBe("");
    const due = owed(first, view).filter(({ key }) => key.startsWith("parked."));
    expect(due).toHaveLength(1);
    const done: RunEvent = { type: "effect.done", key: keys[0] ?? "", kind: "comment", remoteId: "1", url: "" };
    expect(owed(facts.stateOf([...heldUp(), done]), view).map(({ key }) => key)).not.toContain(keys[0]);
  });
});

test("a cap of the day is told once a day", () => {
  const { code, details } = new JourneymanError("day_budget_exhausted", { scope: "this repository", until: "then" });
  const on = (resumeAt: string): string =>
    parkedKey(facts.stateOf([...begun, { type: "run.parked", code, details, resumeAt }]));
  expect(on("2026-01-02T00:01:00.000Z")).not.toBe(on("2026-01-03T00:01:00.000Z"));
  expect(on("2026-01-02T09:00:00.000Z")).toBe(on("2026-01-02T09:01:00.000Z"));
});

describe("the status comment", () => {
  test("says from 70 % on how much of the budget is used, while the run goes on", () => {
    expect(statusComment(facts.stateOf(begun), view)).toContain("$4.00 of $4.20 (**95 % of the budget**)");
    expect(statusComment(facts.stateOf([...facts.toPrepared(settings), ...planning]), view)).toContain(
      "$0.40 of $4.20 ·",
    );
    const over: RunEvent = { type: "run.finished", outcome: "pull_request", code: null, details: {} };
    expect(statusComment(facts.stateOf([...begun, over]), view)).toContain("$4.00 of $4.20 ·");
  });
});

test("a /budget that was accepted is answered with the new ceiling, in one reply an issue", () => {
  const index = begun.length;
  const state = facts.stateOf([
    ...begun,
    facts.received({ name: "budget", usd: 8 }),
    { type: "command.accepted", command: index, permission: "admin" },
    { type: "budget.changed", command: index, ceilingMicroUsd: 8 * USD, by: facts.MAINTAINER },
  ]);
  const answered = state.answered.at(-1) ?? expect.fail("not answered");
  expect(budgetReply(state, answered)).toBe(
    "The budget of this run is now $8.00, set by `maintainer`. $4.00 is spent.",
  );
  const replies = owed(state, view).filter(({ kind }) => kind === "reply");
  expect(replies).toMatchObject([{ key: `budget.${index}`, marker: `budget.${facts.SUBJECT.issue}` }]);
});
