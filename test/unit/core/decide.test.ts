import { describe, expect, test } from "vitest";
import type { Command } from "../../../src/core/commands.ts";
import { decide, type Lookups } from "../../../src/core/decide.ts";
import { digestOf } from "../../../src/core/digest.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { issueDigest, shortDigest } from "../../../src/core/plan.ts";
import { REFUSALS, refusalSentence } from "../../../src/core/refusals.ts";
import type { Actor, Permission } from "../../../src/core/subject.ts";
import * as facts from "../../support/facts.ts";

const WRITER: Lookups = {
  permission: "write",
  comment: { unedited: true },
  issue: { digest: issueDigest(facts.ISSUE), state: "open", locked: false },
  planIntact: true,
  modelKnown: null,
};

interface Case {
  readonly before?: readonly RunEvent[];
  readonly by?: Actor;
  readonly lookups?: Partial<Lookups>;
}

/** The outcome of a command in a state: `accepted fact,fact` or `refused reason`. */
function outcome(command: Command, given: Case = {}): string {
  const before = given.before ?? facts.toPlan();
  const state = facts.stateOf([...before, facts.received(command, given.by)]);
  const command_ = state.commands.at(-1);
  if (command_ === undefined) throw new TypeError("the command is not pending");
  const [answer, ...rest] = decide(state, command_, { ...WRITER, ...given.lookups });
  if (answer?.type === "command.refused") return `refused ${answer.reason}`;
  return ["accepted", ...rest.map((event) => event.type)].join(" ");
}

const STOP: Command = { name: "stop" };
const open = facts.proposed();
const digest = open.type === "plan.proposed" ? shortDigest(open.digest) : "";
const secondPlan: readonly RunEvent[] = [
  ...facts.toPlan(),
  { type: "plan.revised", command: 5, revision: 1, feedback: "smaller" },
  facts.intakeFinished(),
  facts.proposed(2),
];

describe("decide: approvals", () => {
  test("a bare approval of the only plan is accepted", () => {
    expect(outcome(facts.approveCommand())).toBe("accepted plan.approved");
  });
  test("an approval that names the open plan is accepted", () => {
    expect(outcome(facts.approveCommand(digest))).toBe("accepted plan.approved");
  });
  test("S08 a bare approval with two plans on the issue is refused", () => {
    expect(outcome(facts.approveCommand(), { before: secondPlan })).toBe("refused digest_needed");
  });
  test("S08 an approval of an earlier revision is refused", () => {
    expect(outcome(facts.approveCommand(digest), { before: secondPlan })).toBe("refused wrong_digest");
  });
  test("an approval with a wrong digest is refused and names the right line", () => {
    expect(outcome(facts.approveCommand("0".repeat(12)))).toBe("refused wrong_digest");
    expect(refusalSentence("wrong_digest", { given: "0", digest })).toContain(`/approve ${digest}`);
  });
  test("S09 an approval of an edited plan comment is refused", () => {
    expect(outcome(facts.approveCommand(), { lookups: { planIntact: false } })).toBe("refused plan_edited");
  });
  test("S11 an approval after the issue changed is refused", () => {
    const issue = { digest: digestOf("other"), state: "open" as const, locked: false };
    expect(outcome(facts.approveCommand(), { lookups: { issue } })).toBe("refused issue_changed");
  });
  test("S14 a second approval changes nothing", () => {
    expect(outcome(facts.approveCommand(), { before: facts.toPrepared() })).toBe("refused already_approved");
  });
  test("a budget above the settings needs an admin", () => {
    const command: Command = { name: "approve", digest: null, budgetUsd: 100, model: null };
    expect(outcome(command)).toBe("refused budget_too_high");
    expect(outcome(command, { lookups: { permission: "admin" } })).toBe("accepted plan.approved");
  });
  test("a model without a known price is refused", () => {
    const command: Command = { name: "approve", digest: null, budgetUsd: null, model: "unheard-of" };
    expect(outcome(command, { lookups: { modelKnown: false } })).toBe("refused model_unknown");
  });
  test("S15 on a closed or locked issue nothing is approved", () => {
    const issue = { digest: issueDigest(facts.ISSUE), locked: false };
    expect(outcome(facts.approveCommand(), { lookups: { issue: { ...issue, state: "closed" } } })).toBe(
      "refused issue_closed",
    );
    expect(outcome(facts.approveCommand(), { lookups: { issue: { ...issue, state: "open", locked: true } } })).toBe(
      "refused issue_locked",
    );
  });
});

describe("decide: who may", () => {
  const ALLOWED: readonly (readonly [Permission, boolean])[] = [
    ["none", false],
    ["read", false],
    ["triage", false],
    ["write", true],
    ["maintain", true],
    ["admin", true],
  ];
  test.each(ALLOWED)("S02 an approval with %s permission: %s", (permission, may) => {
    const expected = may ? "accepted plan.approved" : "refused no_permission";
    expect(outcome(facts.approveCommand(), { lookups: { permission } })).toBe(expected);
  });
  test("S03 an unknown permission is a refusal", () => {
    expect(outcome(facts.approveCommand(), { lookups: { permission: null } })).toBe("refused permission_unknown");
  });
  test.each([{ type: "Bot" }, { type: "Mannequin" }, { viaApp: true }])("S04 %o is not a person", (more) => {
    expect(outcome(facts.approveCommand(), { by: facts.actor("x", 9, more) })).toBe("refused not_a_person");
  });
  test("S05 an edited or deleted comment does not count", () => {
    expect(outcome(facts.approveCommand(), { lookups: { comment: { unedited: false } } })).toBe(
      "refused comment_changed",
    );
    expect(outcome(facts.approveCommand(), { lookups: { comment: null } })).toBe("refused comment_changed");
  });
  test("who started a run may stop it without write access, others may not", () => {
    const lookups = { permission: "read" as const };
    expect(outcome(STOP, { by: facts.MAINTAINER, lookups })).toBe("accepted run.cancelled run.finished");
    expect(outcome(STOP, { by: facts.actor("stranger", 5), lookups })).toBe("refused no_permission");
  });
  test("S16 a label by somebody without write access starts nothing", () => {
    const before = facts.toPlan().slice(0, 1);
    expect(outcome(facts.PLAN_COMMAND, { before, lookups: { permission: "triage" } })).toBe("refused no_permission");
  });
  test("the issue's author may answer a question and nothing else", () => {
    const asked: RunEvent = { type: "question.asked", conversation: "plan.1", callId: "c", questions: ["Which?"] };
    const before = [...facts.toPlan().slice(0, 4), asked];
    const by = facts.actor("reporter", 77);
    const lookups = { permission: "read" as const };
    expect(outcome({ name: "answer", text: "both" }, { before, by, lookups })).toBe("accepted question.answered");
    expect(outcome(facts.approveCommand(), { by, lookups })).toBe("refused no_permission");
  });
});

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
      ceiling: 5,
      permission: "read",
      problem: "p",
      run: "r",
    };
    for (const reason of Object.keys(REFUSALS)) {
      const sentence = refusalSentence(reason, details);
      expect(sentence, reason).not.toMatch(/\{\w+\}/);
      expect(sentence.length, reason).toBeLessThan(250);
    }
  });
});
