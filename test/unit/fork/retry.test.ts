import { describe, expect, test } from "vitest";
import { decide, type Lookups } from "../../../src/core/decide.ts";
import type { EventOf, RunEvent } from "../../../src/core/events.ts";
import { isResting, next, supersedeKey } from "../../../src/core/next.ts";
import { fromUsd } from "../../../src/core/money/money.ts";
import { NEW_RUN, outcome, WRITER } from "../../support/deciding.ts";
import * as facts from "../../support/facts.ts";
import { begun, superseded } from "../../support/fork-facts.ts";

const ended = (what: EventOf<"run.finished">["outcome"], code: string | null = null): RunEvent => ({
  type: "run.finished",
  outcome: what,
  code,
  details: {},
});
const parked: RunEvent = { type: "run.parked", code: "crash_budget", details: { count: 5 }, resumeAt: null };

/** Stages from the intake to the first fix; `implement` first begins at fact 13. */
const WORKED: readonly RunEvent[] = [
  ...facts.toPlan().slice(0, 3),
  begun("intake"),
  facts.intakeFinished(),
  begun("understand"),
  begun("plan"),
  facts.proposed(),
  facts.received(facts.approveCommand()),
  { type: "command.accepted", command: 8, permission: "write" },
  facts.approved(8),
  begun("prepare"),
  { type: "stage.finished", stage: "prepare", round: 0 },
  begun("implement"),
  begun("verify"),
  begun("implement", 1),
];

type Retry = Omit<Extract<EventOf<"command.received">["command"], { name: "retry" }>, "name">;

function answerTo(before: readonly RunEvent[], retry: Retry, lookups: Partial<Lookups> = {}) {
  const state = facts.stateOf([...before, facts.received({ name: "retry", ...retry })]);
  const pending = state.commands.at(-1);
  if (pending === undefined) throw new TypeError("the command is pending");
  const [first, second] = decide(state, pending, { ...WRITER, ...lookups });
  if (first?.type === "command.refused") return `${first.reason} ${JSON.stringify(first.details)}`;
  if (second?.type !== "run.superseded") return second?.type ?? "nothing";
  return { at: second.at, from: second.from, model: second.model };
}

describe("/retry", () => {
  test.each([
    [
      "from a stage goes back before its first round",
      WORKED,
      { from: "implement" },
      { at: 12, from: "implement", model: null },
    ],
    ["keeps the approval from `prepare` on", WORKED, { from: "prepare" }, { at: 10, from: "prepare", model: null }],
    ["asks for a plan again from `plan`", WORKED, { from: "plan" }, { at: 5, from: "plan", model: null }],
    ["names the model", WORKED, { from: "verify", model: "m" }, { at: 13, from: "verify", model: "m" }],
    [
      "with a model goes on where a held-up run stands",
      [...WORKED, parked],
      { model: "m" },
      { at: 16, from: null, model: "m" },
    ],
    ["alone lets a held-up run go on", [...WORKED, parked], {}, "run.resumed"],
    [
      "of a run whose tests kept failing begins the work anew",
      [...WORKED, begun("verify", 1), ended("failed", "tests_failed")],
      {},
      { at: 12, from: "implement", model: null },
    ],
    [
      "of a failed run begins the stage anew that failed",
      [...WORKED, ended("failed", "turn_limit")],
      {},
      { at: 12, from: "implement", model: null },
    ],
    [
      "of a stopped run goes on where it stood",
      [...WORKED, ended("cancelled")],
      {},
      { at: 16, from: null, model: null },
    ],
    [
      "of a run that published begins at the stage that is named",
      [...WORKED, ended("pull_request")],
      { from: "implement" },
      { at: 12, from: "implement", model: null },
    ],
  ] as const)("%s", (_, before, retry, answer) => {
    expect(answerTo(before, retry)).toEqual(answer);
  });

  test.each([
    [
      "a stage that was not reached, naming those that were",
      WORKED,
      { from: "review" },
      /^stage_unreached .*"reached":"intake, understand, plan, prepare, implement, verify"/,
    ],
    ["a run at work, unless a stage is named", WORKED, { model: "m" }, /^not_parked/],
    ["a run that came to a good end, unless a stage is named", [...WORKED, ended("pull_request")], {}, /^run_over/],
    ["a run whose approval was withdrawn", [...WORKED, ended("failed", "approval_withdrawn")], {}, /^run_over/],
    ["a run that went on already", [...WORKED, superseded({ command: 99 })], { from: "plan" }, /^went_on/],
  ] as const)("refuses %s", (_, before, retry, reason) => {
    expect(answerTo(before, retry)).toMatch(reason);
  });

  test("refuses a model without a price, and whoever may not write", () => {
    expect(answerTo(WORKED, { from: "plan", model: "m" }, { modelKnown: false })).toMatch(/^model_unknown/);
    const command = { name: "retry", from: "plan" } as const;
    expect(outcome(command, { before: WORKED, lookups: { permission: "read" } })).toBe("refused no_permission");
    expect(outcome(command, { before: [...WORKED, ended("failed")], lookups: { permission: "write" } })).toBe(
      "accepted run.superseded",
    );
  });

  test("a stage of an earlier plan does not count once a new plan was asked for", () => {
    const revised: RunEvent = { type: "plan.revised", command: 8, revision: 1, feedback: "" };
    expect(answerTo([...WORKED.slice(0, 8), revised, begun("intake")], { from: "plan" })).toMatch(/^stage_unreached/);
  });

  test("deciding twice founds the same run, with the ceiling that the person may give", () => {
    const raised: RunEvent = { type: "budget.changed", command: 8, ceilingMicroUsd: fromUsd(50), by: facts.MAINTAINER };
    const state = facts.stateOf([...WORKED, raised, facts.received({ name: "retry", from: "plan" })]);
    const [pending] = state.commands;
    if (pending === undefined) throw new TypeError("the command is pending");
    const ceiling = (permission: "write" | "admin") => {
      const lookups = { ...WRITER, permission };
      expect(decide(state, pending, lookups)).toEqual(decide(state, pending, lookups));
      const [, event] = decide(state, pending, lookups);
      expect(event).toMatchObject({ type: "run.superseded", run: NEW_RUN, by: facts.MAINTAINER });
      return event?.type === "run.superseded" ? event.budgetMicroUsd : null;
    };
    expect(ceiling("write")).toBe(fromUsd(5));
    expect(ceiling("admin")).toBe(fromUsd(50));
  });
});

test("a budget that was set stays a budget while a new plan is made from a fresh look at the issue", () => {
  const raised: RunEvent = { type: "budget.changed", command: 8, ceilingMicroUsd: fromUsd(50), by: facts.MAINTAINER };
  const revised: RunEvent = { type: "plan.revised", command: 8, revision: 1, feedback: "" };
  const again = [...WORKED.slice(0, 8), raised, revised, begun("intake")];
  const ceilingOf = (before: readonly RunEvent[], permission: "write" | "admin") => {
    const state = facts.stateOf([...before, facts.received({ name: "retry", from: "intake" })]);
    const pending = state.commands.at(-1);
    if (pending === undefined) throw new TypeError("the command is pending");
    const [, event] = decide(state, pending, { ...WRITER, permission });
    return event?.type === "run.superseded" ? event.budgetMicroUsd : "refused";
  };
  expect(ceilingOf(again, "write")).toBe(fromUsd(5));
  expect(ceilingOf(again, "admin")).toBe(fromUsd(50));
  const unread = [...facts.toPlan().slice(0, 3), raised, begun("intake")];
  expect(ceilingOf(unread, "write"), "left to the settings, which are read then").toBeNull();
});

describe("a run that goes on as another", () => {
  const going = [...WORKED, superseded({ command: 8 })];
  const done: RunEvent = {
    type: "effect.done",
    key: supersedeKey({ command: 8 }),
    kind: "fork",
    remoteId: "r",
    url: "",
  };

  test("founds it before anything else, commands included, also when it is over", () => {
    const waiting = [...going, facts.received({ name: "stop" })];
    for (const facted of [going, waiting, [...WORKED, ended("failed"), superseded({ command: 8 })]])
      expect(next(facts.stateOf(facted))).toMatchObject({ kind: "supersede", superseded: { command: 8 } });
    expect(isResting(next(facts.stateOf(going)))).toBe(false);
  });

  test("sends whoever still spoke to it to the other one; nobody is told that the work is over", () => {
    const before = [...going, done, ended("superseded")];
    for (const command of [
      { name: "stop" },
      facts.approveCommand(),
      { name: "retry" },
      { name: "budget", usd: 9 },
    ] as const)
      expect(outcome(command, { before }), command.name).toBe("refused went_on");
    expect(outcome({ name: "status" }, { before })).toBe("accepted");
    const inVain = [...WORKED, ended("failed"), superseded({ command: 8 }), { ...done, remoteId: "" } as RunEvent];
    expect(outcome({ name: "stop" }, { before: inVain })).toBe("refused run_over");
    expect(outcome({ name: "retry" }, { before: inVain })).toBe("accepted run.superseded");
  });

  test("is over once that is done", () => {
    expect(next(facts.stateOf([...going, done, ended("superseded")]))).toEqual({ kind: "done" });
  });
});
