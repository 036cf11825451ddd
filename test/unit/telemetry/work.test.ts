import { expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { proposed, requested, stored } from "../../support/facts.ts";
import * as facts from "../../support/traced-run.ts";

const treeOf = (events: readonly RunEvent[]): string[] => {
  const work = facts.workOfEvents(events);
  expect(facts.strays(work)).toEqual([]);
  expect(new Set(work.map(({ key }) => key)).size).toBe(work.length);
  return facts.treeOf(work);
};

test("a run is a tree: run, stage, turn, request and calls", () => {
  expect(treeOf(facts.SMALL_RUN)).toEqual([
    "run pull_request",
    "  stage implement",
    "    turn implement.1/1",
    "      chat implement.1/1",
    "      read",
    "      bash (tool_error)",
    "    turn implement.1/2",
    "      chat implement.1/2",
    "      submit",
  ]);
});

test("requests that failed before the answer are in the same turn, each with its cause", () => {
  const tree = treeOf([
    requested(),
    facts.begin("implement"),
    facts.talk("implement.1"),
    facts.ask("implement.1", 1),
    facts.fail("implement.1", 1, "overloaded"),
    facts.ask("implement.1", 1),
    facts.answer("implement.1", 1),
    facts.end("implement"),
    facts.over(),
  ]);
  expect(tree.slice(2)).toEqual([
    "    turn implement.1/1",
    "      chat implement.1/1 (overloaded)",
    "      chat implement.1/1",
  ]);
});

test("the turns of a subagent lie in the call that it answers, side by side with those of another", () => {
  const parent = (callId: string) => ({ conversation: "implement.1", callId });
  const tree = treeOf([
    requested(),
    facts.begin("implement"),
    facts.talk("implement.1"),
    facts.ask("implement.1", 1),
    facts.answer("implement.1", 1, ["task:one", "task:two"]),
    facts.start("implement.1", 1, "one"),
    facts.start("implement.1", 1, "two"),
    facts.talk("task.1", parent("one")),
    facts.talk("task.2", parent("two")),
    facts.ask("task.1", 1),
    facts.ask("task.2", 1),
    facts.answer("task.2", 1, ["submit:s2"]),
    facts.answer("task.1", 1, ["read"]),
    facts.start("task.1", 1, "read"),
    facts.result("task.1", 1, "read"),
    facts.ask("task.1", 2),
    facts.answer("task.1", 2, ["submit:s1"]),
    facts.result("implement.1", 1, "one"),
    facts.result("implement.1", 1, "two"),
    facts.end("implement"),
    facts.over(),
  ]);
  expect(tree.slice(3)).toEqual([
    "      chat implement.1/1",
    "      task",
    "        turn task.1/1",
    "          chat task.1/1",
    "          read",
    "        turn task.1/2",
    "          chat task.1/2",
    "          submit",
    "      task",
    "        turn task.2/1",
    "          chat task.2/1",
    "          submit",
  ]);
});

test("a worker that dies cuts off what was under way; the next one goes on in the same trace, and nothing is told twice", () => {
  const tree = treeOf([
    requested(),
    facts.begin("implement"),
    facts.talk("implement.1"),
    facts.ask("implement.1", 1),
    facts.answer("implement.1", 1, ["bash", "read"]),
    facts.start("implement.1", 1, "bash"),
    // The worker is gone.
    facts.begin("implement"),
    facts.result("implement.1", 1, "bash", true),
    facts.start("implement.1", 1, "read"),
    facts.result("implement.1", 1, "read"),
    facts.ask("implement.1", 2),
    facts.answer("implement.1", 2),
    facts.end("implement"),
    facts.over(),
  ]);
  expect(tree).toEqual([
    "run pull_request",
    "  stage implement (interrupted)",
    "    turn implement.1/1 (interrupted)",
    "      chat implement.1/1",
    "      bash (interrupted)",
    "  stage implement",
    "    turn implement.1/1",
    "      read",
    "    turn implement.1/2",
    "      chat implement.1/2",
  ]);
});

test("a request that was cut off ends with its stage, and costs what is said of it later", () => {
  const work = facts.workOfEvents([
    requested(),
    facts.begin("implement"),
    facts.talk("implement.1"),
    facts.ask("implement.1", 1),
    facts.begin("implement"),
    facts.fail("implement.1", 1, "interrupted", 100_000),
    facts.ask("implement.1", 1),
    facts.answer("implement.1", 1),
    facts.end("implement"),
    facts.over(),
  ]);
  expect(facts.strays(work)).toEqual([]);
  expect(facts.treeOf(work)[3]).toBe("      chat implement.1/1 (interrupted)");
  expect(work.find((one) => one.kind === "run")).toMatchObject({ costMicroUsd: 112_345, turns: 1 });
  expect(work.filter((one) => one.kind === "turn").map(({ resumed }) => resumed)).toEqual([false, true]);
});

test("waiting for people is in no stage and no turn", () => {
  const work = facts.workOfEvents([
    requested(),
    facts.begin("plan"),
    facts.talk("plan.1"),
    facts.ask("plan.1", 1),
    facts.answer("plan.1", 1, ["ask"]),
    { type: "question.asked", conversation: "plan.1", callId: "ask", questions: ["Which?"] },
    facts.end("plan"),
    { type: "run.resumed", command: null },
    facts.begin("plan"),
    facts.result("plan.1", 1, "ask"),
    facts.ask("plan.1", 2),
    { type: "run.parked", code: "model_unavailable", details: {}, resumeAt: null },
    facts.begin("plan"),
    facts.over("failed"),
  ]);
  expect(facts.strays(work)).toEqual([]);
  expect(facts.treeOf(work).filter((line) => !line.includes("chat"))).toEqual([
    "run failed (turn_limit)",
    "  stage plan",
    "    turn plan.1/1",
    "      ask",
    "  stage plan (model_unavailable)",
    "    turn plan.1/2 (model_unavailable)",
    "  stage plan (turn_limit)",
  ]);
});

test("a plan that a person approves before its stage could say that it is finished was finished all the same", () => {
  const work = facts.workOfEvents([
    requested(),
    facts.begin("plan"),
    facts.talk("plan.1"),
    facts.ask("plan.1", 1),
    facts.answer("plan.1", 1, ["submit"]),
    proposed(),
    facts.begin("implement"),
    facts.end("implement"),
    facts.over(),
  ]);
  expect(facts.strays(work)).toEqual([]);
  expect(facts.treeOf(work).slice(1)).toEqual([
    "  stage plan",
    "    turn plan.1/1",
    "      chat plan.1/1",
    "      submit",
    "  stage implement",
  ]);
});

test("clocks that disagree bend no tree: time never goes back", () => {
  const events = stored(facts.SMALL_RUN).map((fact, place) =>
    place % 2 === 1 ? { ...fact, at: new Date(Date.parse(fact.at) - 5_000).toISOString() } : fact,
  );
  const work = facts.workOf(events);
  expect(facts.strays(work)).toEqual([]);
  expect(facts.treeOf(work)).toHaveLength(9);
});

test("any part of a run's facts can be followed, and a fact from nowhere breaks nothing", () => {
  for (let length = 0; length <= facts.SMALL_RUN.length; length++) {
    facts.workOfEvents(facts.SMALL_RUN.slice(length));
    facts.workOfEvents(facts.SMALL_RUN.slice(0, length));
  }
  const work = facts.workOfEvents([facts.answer("unknown.1", 1), facts.result("unknown.1", 1, "x"), facts.over()]);
  expect(work).toEqual([]);
});

test("a call whose id was used before is told under the id by which facts speak of it", () => {
  const work = facts.workOfEvents([
    requested(),
    facts.begin("implement"),
    facts.talk("implement.1"),
    ...[1, 2].flatMap((turn) => {
      const id = turn === 1 ? "read" : "read-2-1";
      return [
        facts.ask("implement.1", turn),
        facts.answer("implement.1", turn, ["read"]),
        facts.result("implement.1", turn, id),
      ];
    }),
    facts.over(),
  ]);
  expect(work.filter((one) => one.kind === "tool").map(({ call }) => call.id)).toEqual(["read", "read-2-1"]);
});
