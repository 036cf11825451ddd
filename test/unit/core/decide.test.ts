import { describe, expect, test } from "vitest";
import type { Command } from "../../../src/core/commands.ts";
import { digestOf } from "../../../src/core/digest.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { issueDigest, shortDigest } from "../../../src/core/plan.ts";
import { refusalSentence } from "../../../src/core/refusals.ts";
import type { Permission } from "../../../src/core/subject.ts";
import { outcome } from "../../support/deciding.ts";
import * as facts from "../../support/facts.ts";

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
