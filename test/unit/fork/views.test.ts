import { describe, expect, test } from "vitest";
import { parseCommand } from "../../../src/core/grammar.ts";
import { decide } from "../../../src/core/decide.ts";
import { digestOf } from "../../../src/core/digest.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { supersedeKey } from "../../../src/core/next.ts";
import { compare, comparisonTable, figuresOf } from "../../../src/views/comparison.ts";
import { endNotice } from "../../../src/views/notice.ts";
import { owed } from "../../../src/views/owed.ts";
import { headline, statusComment } from "../../../src/views/status-comment.ts";
import { timeline } from "../../../src/views/timeline.ts";
import { WRITER } from "../../support/deciding.ts";
import * as facts from "../../support/facts.ts";
import { begun, forked, ORIGIN, superseded } from "../../support/fork-facts.ts";
import * as work from "../../support/work-facts.ts";

const VIEW = { runUrl: null };
const keys = (events: readonly RunEvent[]): string[] => owed(facts.stateOf(events), VIEW).map(({ key }) => key);
const refusedHelp: RunEvent[] = [
  facts.received({ name: "approve", digest: "abc", budgetUsd: null, model: null }),
  { type: "command.refused", command: 5, permission: "write", reason: "wrong_digest", details: {} },
];
const finished = (
  outcome: "unpublished" | "superseded" | "cancelled",
  details: Record<string, string> = {},
): RunEvent => ({
  type: "run.finished",
  outcome,
  code: null,
  details,
});

describe("what a fork shows", () => {
  test("nothing, whatever happens to it, when it is not published", () => {
    const question: RunEvent = { type: "question.asked", conversation: "plan.1", callId: "c", questions: ["?"] };
    const parked: RunEvent = { type: "run.parked", code: "crash_budget", details: {}, resumeAt: null };
    for (const last of [question, parked, finished("unpublished")])
      expect(keys([...facts.toPlan(), forked(), last])).toEqual([]);
  });

  test("a status comment and a plan of its own, but no answer that its origin gave, when it is published", () => {
    expect(keys([...facts.toPlan(), ...refusedHelp])).toEqual(["eyes.1", "refusal.5", "status", "plan.1"]);
    expect(keys([...facts.toPlan(), ...refusedHelp, forked({ publish: true })])).toEqual(["status", "plan.1"]);
  });

  test("no plan that was approved before the fork, and the answers to commands after it", () => {
    const before = [...facts.toPrepared(), forked({ publish: true })];
    expect(keys(before)).toEqual(["status"]);
    const index = before.length;
    const help: RunEvent[] = [
      facts.received({ name: "help" }),
      { type: "command.accepted", command: index, permission: "write" },
    ];
    expect(keys([...before, ...help])).toEqual([`eyes.${index}`, `help.${index}`, "status"]);
  });

  test("where it came from, in its status comment and timeline", () => {
    const fork = forked({ publish: true, from: "implement", model: "m", at: 9 });
    const line = `Goes on from run \`${ORIGIN}\`, stage \`implement\` anew, with \`m\` in every role, asked for by \`maintainer\``;
    expect(statusComment(facts.stateOf([...facts.toPrepared(), fork]), VIEW)).toContain(line);
    expect(timeline(facts.stored([fork]), { all: false })).toContain(
      `implement anew, from fact 9 of ${ORIGIN}, with m`,
    );
    expect(timeline(facts.stored([forked()]), { all: false })).toContain("shows nothing to GitHub");
  });

  test("how far it came without publishing", () => {
    const of = (as: string) =>
      headline(facts.stateOf([...facts.toPrepared(), forked(), finished("unpublished", { as })]));
    expect([of("pull_request"), of("draft")]).toEqual([
      "pull request ready, not published",
      "draft pull request ready, not published",
    ]);
  });
});

describe("what a run shows that goes on as another", () => {
  const retry: RunEvent[] = [
    facts.received({ name: "retry", from: "plan" }),
    { type: "command.accepted", command: 5, permission: "write" },
    superseded({ command: 5 }),
  ];
  const done = (remoteId: string): RunEvent => ({
    type: "effect.done",
    key: supersedeKey({ command: 5 }),
    kind: "fork",
    remoteId,
    url: "",
  });

  test("where it went, once the other run is there", () => {
    const line = `Goes on as run \`${ORIGIN}\`, stage \`plan\` anew, asked for by \`maintainer\`.`;
    const going = facts.stateOf([...facts.toPlan(), ...retry]);
    expect(statusComment(going, VIEW)).not.toContain(line);
    const gone = facts.stateOf([...facts.toPlan(), ...retry, done(ORIGIN), finished("superseded")]);
    expect(statusComment(gone, VIEW)).toContain(line);
    expect(headline(gone)).toBe("goes on as another run");
    expect(endNotice(gone)).toBe("");
  });

  test("what it may have left in the repository", () => {
    const branch: RunEvent = { type: "effect.intended", key: "branch", kind: "branch" };
    const gone = facts.stateOf([...facts.toPlan(), branch, ...retry, done(ORIGIN), finished("superseded")]);
    expect(endNotice(gone)).toMatch(/Went on as another run.*may have been made/);
  });

  test("that the issue had another run by then, and who to ask", () => {
    const over: RunEvent = {
      type: "run.finished",
      outcome: "failed",
      code: "turn_limit",
      details: { turns: 1, stage: "plan" },
    };
    const state = facts.stateOf([...facts.toPlan(), ...retry.slice(0, 2), over, superseded({ command: 5 }), done("")]);
    const reply = owed(state, VIEW).find(({ key }) => key === "retry.5");
    expect(reply?.kind === "reply" ? reply.body() : "").toMatch(/^Another run has begun on this issue meanwhile/);
    expect(statusComment(state, VIEW)).not.toContain("Goes on as run");
  });
});

describe("a fork beside its origin", () => {
  const answer = (turn: number, costMicroUsd: number): RunEvent[] => [
    {
      type: "model.requested",
      conversation: "implement.1",
      turn,
      model: "m",
      requestDigest: digestOf("request"),
      reservedMicroUsd: 1_000,
    },
    {
      type: "model.responded",
      conversation: "implement.1",
      turn,
      message: { role: "assistant", content: [{ type: "text", text: "ok" }] },
      stopReason: "end_turn",
      usage: { input: 10, cacheRead: 4, cacheWrite: 1, output: 5 },
      costMicroUsd,
      requestId: "r",
      durationMs: 1,
    },
  ];
  const prefix = [...facts.toPrepared(), begun("implement"), ...work.atWork(["a.js"]).slice(10), ...answer(1, 100)];
  const at = prefix.length - 1;
  const origin = facts.stored([
    ...prefix,
    ...work.failedAttempt(),
    ...answer(2, 20),
    ...work.failedAttempt(),
    ...answer(3, 3),
    { type: "run.finished", outcome: "failed", code: "tests_failed", details: { fixes: 1 } },
  ]);
  const fork = facts.stored([
    ...prefix,
    forked({ at }),
    ...answer(2, 7),
    facts.submitted(),
    facts.report(),
    finished("unpublished", { as: "pull_request" }),
  ]);

  test("is counted from the fact at which they part, on both sides, and the origin in whole", () => {
    const seen = compare(facts.RUN, { origin, fork });
    expect(seen).toMatchObject({ origin: ORIGIN, fork: facts.RUN, at });
    expect(seen?.originAfter).toMatchObject({
      turns: 2,
      costMicroUsd: 23,
      fixes: 1,
      tests: 1,
      failing: ["rounds half up"],
    });
    expect(seen?.originWhole).toMatchObject({
      turns: 3,
      costMicroUsd: 123,
      tokens: { input: 45, cached: 12, output: 15 },
    });
    expect(seen?.forkAfter).toMatchObject({
      turns: 1,
      costMicroUsd: 7,
      fixes: 0,
      tests: 0,
      files: ["a.js"],
      models: ["m"],
    });
    expect(seen?.originAfter.workMs).toBeLessThan(seen?.originWhole.workMs ?? 0);
  });

  test("stands in a table with a row for each figure", () => {
    const seen = compare(facts.RUN, { origin, fork });
    const lines = seen === null ? [] : comparisonTable(seen).split("\n");
    expect(lines.slice(3).map((line) => line.split("  ")[0])).toEqual([
      "",
      "outcome",
      "tests",
      "fixes",
      "turns",
      "tokens in",
      "tokens out",
      "cost",
      "work",
      "models",
      "files",
    ]);
    expect(lines).toContainEqual(expect.stringMatching(/^tests +exit code 1, 1 failing +exit code 0 +exit code 1/));
  });

  test("a run that is no fork is held beside nothing, and one without tests says so", () => {
    expect(compare(facts.RUN, { origin, fork: origin })).toBeNull();
    expect(figuresOf(facts.RUN, facts.stored(facts.toPlan()), 0)).toMatchObject({ tests: null, fixes: 0, files: [] });
  });
});

describe("the notice of a run that failed", () => {
  const WORKED: readonly RunEvent[] = [...facts.toPrepared(), begun("implement"), begun("verify")];
  const failedBy = (code: string, details = {}): RunEvent => ({
    type: "run.finished",
    outcome: "failed",
    code,
    details,
  });
  const noticeOf = (events: readonly RunEvent[]): string => {
    const notice = owed(facts.stateOf(events), VIEW).find(({ key }) => key === "end");
    return notice?.kind === "comment" ? notice.body() : "";
  };
  const offered = (notice: string): readonly string[] =>
    [...notice.matchAll(/`(\/retry[^`]*)`/g)].map(([, line = ""]) => line);

  test("names a line that, typed as it stands, goes on from the approved plan", () => {
    const events = [...WORKED, failedBy("tests_failed", { fixes: 3 })];
    const lines = offered(noticeOf(events));
    expect(lines).toEqual(["/retry from=implement"]);
    for (const line of lines) {
      const command = parseCommand(line);
      expect(command).toEqual({ name: "retry", from: "implement" });
      const state = facts.stateOf([...events, facts.received({ name: "retry", from: "implement" })]);
      const pending = state.commands.at(-1) ?? expect.fail("the command is pending");
      expect(decide(state, pending, WRITER).map(({ type }) => type)).toEqual(["command.accepted", "run.superseded"]);
    }
  });

  test.each([
    ["the failure is not of the work", [...WORKED, failedBy("branch_taken", { branch: "b" })]],
    ["the work had not begun", [...facts.toPrepared(), failedBy("turn_limit", { turns: 1, stage: "prepare" })]],
    ["it was stopped by a person", [...WORKED, finished("cancelled", { login: "maintainer" })]],
  ])("names none where %s", (_, events) => {
    const notice = noticeOf(events);
    expect(notice).not.toBe("");
    expect(offered(notice)).toEqual([]);
  });
});
