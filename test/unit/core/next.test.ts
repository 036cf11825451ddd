import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { next } from "../../../src/core/next.ts";
import { Settings } from "../../../src/core/settings/settings.ts";
import * as facts from "../../support/facts.ts";
import { explored, routed } from "../../support/work-facts.ts";

const stepAfter = (events: readonly RunEvent[]) => {
  const step = next(facts.stateOf(events));
  if (step.kind === "stage") return `${step.stage} ${step.round}`;
  if (step.kind === "wait") return `wait ${step.for}`;
  return step.kind;
};

const failing = facts.report({ exitCode: 1, failing: ["rounds half up"] });
const finished = (stage: "verify"): RunEvent => ({ type: "stage.finished", stage, round: 0 });
const parked = (resumeAt: string | null): RunEvent => ({
  type: "run.parked",
  code: "docker_unreachable",
  details: {},
  resumeAt,
});
const draft = Settings.parse({ publish: { on_failure: "draft" } });
const tries = (count: number): RunEvent[] => Array.from({ length: count }, () => [facts.submitted(), failing]).flat();

const TABLE: readonly (readonly [rule: string, events: readonly RunEvent[], step: string])[] = [
  ["a received command is considered first", facts.toPlan().slice(0, 2), "consider"],
  ["an accepted trigger is followed by intake", facts.toPlan().slice(0, 3), "intake 0"],
  ["intake is followed by understanding", facts.toPlan().slice(0, 4), "understand 0"],
  ["a routing without an exploration is not enough", [...facts.toPlan().slice(0, 4), routed()], "understand 0"],
  ["what is understood is planned", [...facts.toPlan().slice(0, 4), routed(), explored()], "plan 0"],
  ["a proposed plan waits for approval", facts.toPlan(), "wait approval"],
  ["an approval is followed by preparing", facts.toPrepared().slice(0, 8), "prepare 0"],
  ["what is prepared is implemented", facts.toPrepared(), "implement 0"],
  ["submitted work is verified", [...facts.toPrepared(), facts.submitted()], "verify 0"],
  ["work that passes is published", [...facts.toPrepared(), facts.submitted(), facts.report()], "publish 0"],
  ["work that fails is fixed", [...facts.toPrepared(), ...tries(1)], "implement 1"],
  ["a third failure still leaves a fix", [...facts.toPrepared(), ...tries(3)], "implement 3"],
  ["three failed fixes are the end", [...facts.toPrepared(), ...tries(4)], "give_up"],
  [
    "three failed fixes are kept as a draft where the settings say so",
    [...facts.toPrepared(draft), ...tries(4)],
    "publish 0",
  ],
  [
    "without a test command the work is published unverified",
    [...facts.toPrepared(), facts.submitted(), finished("verify")],
    "publish 0",
  ],
  ["a parked run waits", [...facts.toPrepared(), parked(null)], "parked"],
  [
    "a resumed run goes on where it was",
    [...facts.toPrepared(), parked(null), { type: "run.resumed", command: null }],
    "implement 0",
  ],
  [
    "a question waits for its answer",
    [
      ...facts.toPlan().slice(0, 4),
      { type: "question.asked", conversation: "plan.1", callId: "c", questions: ["Which?"] },
    ],
    "wait answer",
  ],
  [
    "a revised plan starts from a fresh snapshot",
    [...facts.toPlan(), { type: "plan.revised", command: 9, revision: 1, feedback: "smaller" }],
    "intake 0",
  ],
  [
    "a finished run has nothing to do",
    [...facts.toPlan(), { type: "run.finished", outcome: "cancelled", code: null, details: {} }],
    "done",
  ],
  [
    "a run of which nothing was accepted is closed",
    [
      ...facts.toPlan().slice(0, 2),
      { type: "command.refused", command: 1, permission: "read", reason: "no_permission", details: {} },
    ],
    "close",
  ],
];

describe("next", () => {
  test.each(TABLE)("%s", (_, events, step) => {
    expect(stepAfter(events)).toBe(step);
  });

  test("a test that already failed at the base commit passes only when it was declared", () => {
    const baseline = facts.report({ phase: "baseline", exitCode: 1, failing: ["old bug"] });
    const prepared = facts.toPrepared().map((event) => (event.type === "tests.finished" ? baseline : event));
    const still = facts.report({ exitCode: 1, failing: ["old bug"] });
    expect(stepAfter([...prepared, facts.submitted(["old bug"]), still])).toBe("publish 0");
    expect(stepAfter([...prepared, facts.submitted(), still])).toBe("implement 1");
  });

  test("a newly failing test cannot be declared away", () => {
    const still = facts.report({ exitCode: 1, failing: ["broken by us"] });
    expect(stepAfter([...facts.toPrepared(), facts.submitted(["broken by us"]), still])).toBe("implement 1");
  });
});
