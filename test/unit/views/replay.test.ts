import { describe, expect, test } from "vitest";
import { digestOf } from "../../../src/core/digest.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { fold } from "../../../src/core/evolve.ts";
import { owed, shownText } from "../../../src/views/owed.ts";
import { partsOf, pullRequestBody, pullRequestText, pullRequestTitle } from "../../../src/views/pull-request.ts";
import { replayed } from "../../../src/views/replay.ts";
import * as facts from "../../support/facts.ts";
import * as work from "../../support/work-facts.ts";

const VIEW = { runUrl: null } as const;
const replay = (events: readonly RunEvent[]) =>
  replayed(facts.RUN, facts.stored(events), VIEW).map(({ key, verdict }) => `${key}: ${verdict}`);

const intended = (key: string, kind: string, text?: string): RunEvent => ({
  type: "effect.intended",
  key,
  kind,
  ...(text !== undefined && { digest: digestOf(text) }),
});

const textAfter = (events: readonly RunEvent[], key: string): string => {
  const effect = owed(fold(facts.RUN, facts.stored(events)), VIEW).find((one) => one.key === key);
  return effect === undefined ? expect.fail(`${key} is not owed`) : shownText(effect);
};

describe("replay", () => {
  const before = facts.toPlan();
  const plan = textAfter(before, "plan.1");

  test("each text is rendered from the facts before its intent", () => {
    const status = textAfter(before, "status");
    const later: RunEvent[] = [intended("status", "comment", status), intended("plan.1", "comment", plan)];
    expect(replay([...before, ...later, ...facts.toPrepared().slice(5)])).toEqual(["status: equal", "plan.1: equal"]);
  });

  test("another text differs, none is not recorded, and what nobody owes is said to be so", () => {
    expect(replay([...before, intended("plan.1", "comment", `${plan} `)])).toEqual(["plan.1: differs"]);
    expect(replay([...before, intended("plan.1", "comment")])).toEqual(["plan.1: not recorded"]);
    expect(replay([...before, intended("plan.9", "comment", plan)])).toEqual(["plan.9: not owed"]);
  });

  test("effects without a text are none of its business", () => {
    expect(replay([...before, intended("eyes.1", "reaction"), intended("commit", "commit")])).toEqual([]);
  });

  test("what the origin of a fork showed is not the fork's", () => {
    const forked: RunEvent = {
      type: "run.forked",
      origin: facts.RUN,
      at: 5,
      publish: true,
      model: null,
      settings: null,
      prompts: {},
    } as RunEvent;
    expect(replay([...before, intended("plan.1", "comment", "of the origin"), forked])).toEqual([]);
  });
});

describe("the pull request's text", () => {
  const passed = work.passed();
  const state = facts.stateOf(passed);

  test("is its title, an empty line and its description", () => {
    expect(partsOf(pullRequestText(state, VIEW))).toEqual({
      title: pullRequestTitle(state),
      body: pullRequestBody(state, VIEW),
    });
  });

  // They may come in while its intent is written, and the intent does not wait for them.
  const people: readonly RunEvent[] = [
    facts.received({ name: "status" }),
    { type: "command.accepted", command: passed.length, permission: "write" },
    { type: "command.refused", command: passed.length, permission: null, reason: "no_permission", details: {} },
    { type: "budget.changed", command: passed.length, ceilingMicroUsd: 9_000_000, by: facts.MAINTAINER },
    { type: "effect.intended", key: "eyes.7", kind: "reaction" },
    { type: "effect.done", key: "eyes.7", kind: "reaction", remoteId: "", url: "" },
    { type: "limit.warned", limit: "run", spentMicroUsd: 1, ceilingMicroUsd: 2 },
    { type: "run.cancelled", command: passed.length, reason: "" },
    { type: "run.finished", outcome: "cancelled", code: null, details: { login: "maintainer" } },
  ];
  test.each(people)("does not depend on $type", (event) => {
    expect(pullRequestText(facts.stateOf([...passed, event]), VIEW)).toBe(pullRequestText(state, VIEW));
  });
});
