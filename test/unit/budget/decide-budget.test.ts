import { describe, expect, test } from "vitest";
import type { Command } from "../../../src/core/commands.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { decide } from "../../../src/core/decide.ts";
import { refusalSentence } from "../../../src/core/refusals.ts";
import { Settings } from "../../../src/core/settings/settings.ts";
import { outcome, WRITER } from "../../support/deciding.ts";
import * as facts from "../../support/facts.ts";
import { asked, conversationStarted, parkedFor, spentIn } from "../../support/money-facts.ts";

const USD = 1_000_000;
const budget = (usd: number): Command => ({ name: "budget", usd });
const started = conversationStarted("implement.1", "executor");
const atWork = (settings = Settings.parse({})): RunEvent[] => [
  ...facts.toPrepared(settings),
  started,
  ...spentIn("implement.1", 2 * USD),
];
/** Held up: $2 of $5 spent, the next call may cost $3.50. */
const heldUp: RunEvent[] = [...atWork(), parkedFor("implement.1", 3.5 * USD)];
const admin = { permission: "admin" as const };

describe("/budget: who may", () => {
  test("up to what the settings give a run write access is enough, above that it needs an admin", () => {
    expect(outcome(budget(3), { before: atWork() })).toBe("accepted budget.changed");
    expect(outcome(budget(5.01), { before: atWork() })).toBe("refused budget_too_high");
    expect(outcome(budget(5.01), { before: atWork(), lookups: { permission: "maintain" } })).toBe(
      "refused budget_too_high",
    );
    expect(outcome(budget(5.01), { before: atWork(), lookups: admin })).toBe("accepted budget.changed");
    expect(outcome(budget(3), { before: atWork(), lookups: { permission: "triage" } })).toBe("refused no_permission");
  });

  test("the settings may let everybody with write access raise it, by /budget and by /approve", () => {
    const open = Settings.parse({ budget: { raised_by: "write" } });
    expect(outcome(budget(50), { before: atWork(open) })).toBe("accepted budget.changed");
    const approve: Command = { name: "approve", digest: null, budgetUsd: 50, model: null };
    expect(outcome(approve, { before: facts.toPlan(open) })).toBe("accepted plan.approved");
    expect(outcome(approve, { before: facts.toPlan() })).toBe("refused budget_too_high");
  });

  test("what an admin raised may be lowered with write access, not raised further", () => {
    const raised: RunEvent = { type: "budget.changed", command: 5, ceilingMicroUsd: 20 * USD, by: facts.MAINTAINER };
    const before = [...atWork(), raised];
    expect(outcome(budget(10), { before })).toBe("accepted budget.changed");
    expect(outcome(budget(21), { before })).toBe("refused budget_too_high");
  });

  test("before the settings are read only an admin may name a budget", () => {
    const before = facts.toPlan().slice(0, 3);
    expect(outcome(budget(1), { before })).toBe("refused settings_unread");
    expect(outcome(budget(1), { before, lookups: admin })).toBe("accepted budget.changed");
  });

  test("an edited comment, a bot, a closed issue change nothing", () => {
    const lookups = { comment: { unedited: false } };
    expect(outcome(budget(3), { before: atWork(), lookups })).toBe("refused comment_changed");
    expect(outcome(budget(3), { before: atWork(), by: facts.actor("x", 9, { type: "Bot" }) })).toBe(
      "refused not_a_person",
    );
    const issue = { digest: WRITER.issue?.digest ?? expect.fail("no digest"), state: "closed" as const, locked: false };
    expect(outcome(budget(3), { before: atWork(), lookups: { issue } })).toBe("refused issue_closed");
  });
});

describe("/budget: what makes sense", () => {
  test("not below what is spent, calls under way at their dearest included", () => {
    expect(outcome(budget(2), { before: atWork() })).toBe("refused budget_too_low");
    expect(outcome(budget(2.01), { before: atWork() })).toBe("accepted budget.changed");
    const before = [...atWork(), asked("implement.1", USD, 2)];
    expect(outcome(budget(3), { before })).toBe("refused budget_too_low");
  });

  test("not what it is already", () => {
    expect(outcome(budget(5), { before: atWork() })).toBe("refused budget_same");
  });

  test("a run that is held up for money goes on with enough of it", () => {
    expect(outcome(budget(6), { before: heldUp, lookups: admin })).toBe("accepted budget.changed run.resumed");
  });

  test("what would not get it any further is refused with a line that would", () => {
    const state = facts.stateOf([...heldUp, facts.received(budget(5.2))]);
    const [refused] = decide(state, state.commands[0] ?? expect.fail("no command"), { ...WRITER, ...admin });
    if (refused?.type !== "command.refused") return expect.fail("it was accepted");
    const sentence = refusalSentence(refused.reason, refused.details);
    const [, line = ""] = /Comment `\/budget \$(\d+(?:\.\d\d)?)`/.exec(sentence) ?? [];
    expect(outcome(budget(Number(line)), { before: heldUp, lookups: admin })).toBe(
      "accepted budget.changed run.resumed",
    );
  });

  test("a run that is held up for another reason stays so", () => {
    const parked: RunEvent = { type: "run.parked", code: "docker_unreachable", details: {}, resumeAt: null };
    expect(outcome(budget(3), { before: [...atWork(), parked] })).toBe("accepted budget.changed");
  });

  test("/retry alone does not help a run without money, and says what does", () => {
    expect(outcome({ name: "retry" }, { before: heldUp })).toBe("refused budget_used_up");
  });
});
