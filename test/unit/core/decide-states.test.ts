import { describe, expect, test } from "vitest";
import type { Command } from "../../../src/core/commands.ts";
import { decide } from "../../../src/core/decide.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { REFUSALS, refusalSentence } from "../../../src/core/refusals.ts";
import { outcome, WRITER } from "../../support/deciding.ts";
import * as facts from "../../support/facts.ts";

const STOP: Command = { name: "stop" };
describe("decide: every command in every state", () => {
  const over: RunEvent = { type: "run.finished", outcome: "pull_request", code: null, details: {} };
  const parked: RunEvent = { type: "run.parked", code: "docker_unreachable", details: {}, resumeAt: null };
  const revise: Command = { name: "revise", feedback: "smaller" };
  const states: readonly (readonly [string, readonly RunEvent[]])[] = [
    ["requested", facts.toPlan().slice(0, 1)],
    ["planning", facts.toPlan().slice(0, 4)],
    ["awaiting approval", facts.toPlan()],
    ["at work", facts.toPrepared()],
    ["parked", [...facts.toPrepared(), parked]],
    ["over", [...facts.toPrepared(), over]],
  ];
  const expected: Readonly<Record<string, readonly string[]>> = {
    "/plan": [
      "accepted",
      "refused joined",
      "accepted plan.revised",
      "refused joined",
      "refused joined",
      "refused run_over",
    ],
    "/approve": [
      "refused no_run",
      "refused no_plan",
      "accepted plan.approved",
      "refused already_approved",
      "refused already_approved",
      "refused run_over",
    ],
    "/revise": [
      "refused no_run",
      "refused no_plan",
      "accepted plan.revised",
      "refused work_started",
      "refused work_started",
      "refused run_over",
    ],
    "/reject": [
      "refused no_run",
      "accepted plan.rejected run.finished",
      "accepted plan.rejected run.finished",
      "refused work_started",
      "refused work_started",
      "refused run_over",
    ],
    "/stop": [
      "refused no_run",
      "accepted run.cancelled run.finished",
      "accepted run.cancelled run.finished",
      "accepted run.cancelled run.finished",
      "accepted run.cancelled run.finished",
      "refused run_over",
    ],
    "/retry": [
      "refused no_run",
      "refused not_parked",
      "refused not_parked",
      "refused not_parked",
      "accepted run.resumed",
      "refused run_over",
    ],
    "/budget": [
      "refused no_run",
      "accepted budget.changed",
      "accepted budget.changed",
      "accepted budget.changed",
      "accepted budget.changed",
      "refused run_over",
    ],
    "/answer": [
      "refused no_run",
      "refused no_question",
      "refused no_question",
      "refused no_question",
      "refused no_question",
      "refused run_over",
    ],
    "/status": ["accepted", "accepted", "accepted", "accepted", "accepted", "accepted"],
    "/help": ["accepted", "accepted", "accepted", "accepted", "accepted", "accepted"],
  };
  const commands: Readonly<Record<string, Command>> = {
    "/plan": { name: "plan", guidance: "again", source: "comment" },
    "/approve": facts.approveCommand(),
    "/revise": revise,
    "/reject": { name: "reject", reason: "no" },
    "/stop": STOP,
    "/retry": { name: "retry" },
    "/budget": { name: "budget", usd: 3 },
    "/answer": { name: "answer", text: "both" },
    "/status": { name: "status" },
    "/help": { name: "help" },
  };
  const cells = Object.entries(commands).flatMap(([name, command]) =>
    states.map(([state, before], column) => [name, state, command, before, expected[name]?.[column] ?? ""] as const),
  );
  test.each(cells)("%s while %s", (_, __, command, before, result) => {
    expect(outcome(command, { before })).toBe(result);
  });

  test("deciding twice about one delivery gives the same facts", () => {
    const state = facts.stateOf([...facts.toPlan(), facts.received(facts.approveCommand())]);
    const [command] = state.commands;
    if (command === undefined) throw new TypeError("no command");
    expect(decide(state, command, WRITER)).toEqual(decide(state, command, WRITER));
  });

  test("every refusal says what to do and leaves no placeholder open", () => {
    const details = {
      actor: "a",
      login: "b",
      digest: "d",
      given: "g",
      count: 2,
      model: "m",
      ceiling: "$5",
      needed: "$2",
      offer: "8",
      spent: "$1",
      permission: "read",
      problem: "p",
      run: "r",
      stage: "publish",
      reached: "plan",
    };
    for (const reason of Object.keys(REFUSALS)) {
      const sentence = refusalSentence(reason, details);
      expect(sentence, reason).not.toMatch(/\{\w+\}/);
      expect(sentence.length, reason).toBeLessThan(250);
    }
  });
});
