import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestOf } from "../../../src/core/digest.ts";
import { decide } from "../../../src/core/decide.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { evolve, fold } from "../../../src/core/evolve.ts";
import { issueDigest } from "../../../src/core/plan.ts";
import { next } from "../../../src/core/next.ts";
import { emptyState } from "../../../src/core/state.ts";
import { owed } from "../../../src/views/owed.ts";
import * as facts from "../../support/facts.ts";

const usage = { input: 10, cacheRead: 90, cacheWrite: 5, output: 20 };
const plan = { conversation: "plan.1", turn: 1 };
const POOL: readonly RunEvent[] = [
  ...facts.toPrepared(),
  facts.submitted(),
  facts.report(),
  facts.report({ exitCode: 1, failing: ["x"] }),
  { type: "stage.started", stage: "plan", round: 0, worker: "w" },
  { type: "stage.finished", stage: "verify", round: 0 },
  { type: "stage.failed", stage: "plan", code: "sandbox_lost", details: {} },
  {
    type: "conversation.started",
    conversation: "plan.1",
    role: "planner",
    model: "m",
    effort: "low",
    system: "s",
    tools: [],
    message: { role: "user", content: [{ type: "text", text: "go" }] },
  },
  {
    type: "model.requested",
    ...plan,
    model: "m",
    requestDigest: digestOf("request"),
    reservedMicroUsd: 500,
  },
  {
    type: "model.responded",
    ...plan,
    message: { role: "assistant", content: [{ type: "tool_call", id: "c1", name: "read", input: {} }] },
    stopReason: "tool_use",
    usage,
    costMicroUsd: 300,
    requestId: "r",
    durationMs: 5,
  },
  { type: "model.failed", ...plan, failure: "cut", detail: "", retryAfterMs: null, costMicroUsd: 7 },
  { type: "tool.returned", ...plan, callId: "c1", content: "text", isError: false, durationMs: 1 },
  { type: "question.asked", conversation: "plan.1", callId: "c1", questions: ["Which?"] },
  { type: "question.answered", command: 3, text: "both" },
  { type: "plan.revised", command: 2, revision: 1, feedback: "smaller" },
  { type: "plan.rejected", command: 2, reason: "" },
  { type: "run.parked", code: "docker_unreachable", details: {}, resumeAt: null },
  { type: "run.resumed", command: null },
  { type: "effect.intended", key: "status", kind: "comment" },
  { type: "effect.done", key: "status", kind: "comment", remoteId: "5", url: "" },
  { type: "command.refused", command: 1, permission: null, reason: "no_permission", details: {} },
  { type: "run.finished", outcome: "failed", code: "tests_failed", details: { attempts: 3 } },
  { type: "run.cancelled", command: null, reason: "" },
];
const anyJournal = fc.array(fc.constantFrom(...POOL), { maxLength: 40 });

describe("evolve", () => {
  test("any sequence of facts folds without throwing, and the next step and what is owed can be told", () => {
    fc.assert(
      fc.property(anyJournal, (events) => {
        const state = facts.stateOf(events);
        expect(state.facts).toBe(events.length);
        expect(next(state).kind).toBeTypeOf("string");
        for (const effect of owed(state, { runUrl: null }))
          if ("body" in effect) expect(effect.body()).toBeTypeOf("string");
      }),
      { numRuns: 2_000 },
    );
  });

  test("the same journal gives the same state, folded whole or in two parts", () => {
    fc.assert(
      fc.property(anyJournal, fc.nat(40), (events, cut) => {
        const stored = facts.stored(events);
        const whole = fold(facts.RUN, stored);
        const parts = stored.slice(cut).reduce(evolve, stored.slice(0, cut).reduce(evolve, emptyState(facts.RUN)));
        expect(parts).toEqual(whole);
        // What is folded further is copied: the states on the way stay as they were.
        const early = stored.slice(0, cut).reduce(evolve, emptyState(facts.RUN));
        const copy = structuredClone(early.effects);
        stored.slice(cut).reduce(evolve, early);
        expect(early.effects).toEqual(copy);
      }),
      { numRuns: 500 },
    );
  });

  test("folding changes no earlier state", () => {
    const stored = facts.stored(facts.toPrepared());
    const early = fold(facts.RUN, stored.slice(0, 5));
    const copy = structuredClone(early);
    stored.slice(5).reduce(evolve, early);
    expect(early).toEqual(copy);
  });

  test("whatever was received, a command is answered once and by one fact", () => {
    const lookups = {
      permission: "write" as const,
      comment: { unedited: true },
      issue: { digest: issueDigest(facts.ISSUE), state: "open" as const, locked: false },
      planIntact: true,
      modelKnown: null,
      newRun: null,
    };
    fc.assert(
      fc.property(anyJournal, (events) => {
        let state = facts.stateOf([facts.requested(), ...events]);
        for (let guard = 0; state.commands.length > 0 && guard < 100; guard++) {
          const [command] = state.commands;
          if (command === undefined) break;
          const answers = decide(state, command, lookups);
          expect(answers.filter(({ type }) => type === "command.accepted" || type === "command.refused")).toHaveLength(
            1,
          );
          const before = state.commands.length;
          state = answers.reduce((current, event) => evolve(current, { at: "2026-01-02T00:00:00Z", event }), state);
          expect(state.commands).toHaveLength(before - 1);
        }
        expect(state.commands).toHaveLength(0);
      }),
      { numRuns: 500 },
    );
  });

  test("cost is the sum of what the journal says, by stage too", () => {
    const state = facts.stateOf([
      ...facts.toPlan().slice(0, 4),
      ...POOL.filter(
        ({ type }) => type === "stage.started" || type === "conversation.started" || type.startsWith("model."),
      ),
    ]);
    expect(state.costMicroUsd).toBe(307);
    expect(state.costByStage).toEqual({ plan: 307 });
    expect(state.openCalls).toEqual({});
    expect(state.usage).toEqual(usage);
  });

  test("waiting for a person is not work", () => {
    const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
    const events: readonly (readonly [number, RunEvent])[] = [
      [0, { type: "stage.started", stage: "plan", round: 0, worker: "w" }],
      [3, facts.proposed()],
      [3, { type: "effect.intended", key: "plan.1", kind: "comment" }],
      [3, { type: "effect.done", key: "plan.1", kind: "comment", remoteId: "1", url: "" }],
      [3, { type: "stage.finished", stage: "plan", round: 0 }],
      [600, facts.received(facts.approveCommand())],
      [601, { type: "stage.started", stage: "prepare", round: 0, worker: "w" }],
      [602, facts.report({ phase: "baseline", attempt: 0 })],
      [800, { type: "stage.started", stage: "prepare", round: 0, worker: "another, after a crash" }],
    ];
    const state = events.reduce(
      (before, [minute, event]) => evolve(before, { at: at(minute), event }),
      emptyState(facts.RUN),
    );
    expect(state.workMs).toBe(4 * 60_000);
  });
});
