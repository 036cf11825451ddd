import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fold } from "../../src/core/evolve.ts";
import type { Comparison } from "../../src/views/comparison.ts";
import { runCommand, startCommand } from "../support/command-line.ts";
import { approvalIn, byModel, forkStory, MENDING, NEVER_FIXED, OTHER, PATIENT, STUCK } from "../support/fork-story.ts";
import { eventually, type Instance, runsOf, startInstance } from "../support/instance.ts";
import * as story from "../support/story.ts";

/*
 * A run whose third fix failed is begun anew at its approved plan, at a terminal, with a model that finds the fault. GitHub is shown
 * nothing of it, and what the first run paid is not paid again.
 */

let instance: Instance;
let on: ReturnType<typeof forkStory>;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "journeyman-fork-"));
  instance = await startInstance({
    script: story.cases({
      terminal: STUCK,
      planned: {},
      stopped: { executor: PATIENT },
      inside: { executor: byModel(NEVER_FIXED, MENDING) },
    }),
  });
  on = forkStory(instance);
});
afterAll(async () => {
  await instance.stop();
  await rm(folder, { recursive: true, force: true });
});

const fork = (words: readonly string[]) => runCommand(["fork", ...words], instance.environment);

test("at the approved plan, with another model, succeeds where the run failed; GitHub sees no write, and the prefix is not paid again", async () => {
  const { facts, state } = await on.failedRun("terminal");
  const at = approvalIn(facts);
  const before = {
    spent: await on.spent(state),
    github: instance.github.requests.length,
    tokens: instance.github.tokens.length,
    model: instance.model.requests.length,
  };
  const json = join(folder, "comparison.json");
  const ended = await fork([state.run, "--at", String(at), "--model", OTHER, "--json", json]);
  expect(ended.err).toBe("");
  expect(ended.code).toBe(0);

  const run = await on.onlyFork(state.run);
  const forked = await on.stateOf(run);
  expect(forked.outcome).toMatchObject({ outcome: "unpublished", details: { as: "pull_request", files: 1 } });
  expect(forked.attempts.map((report) => report?.exitCode)).toEqual([0]);

  // The facts before are the origin's, which stays as it was.
  const own = await instance.journal.load(run);
  expect(own.slice(0, at + 1).map(({ event }) => event)).toEqual(facts.slice(0, at + 1).map(({ event }) => event));
  expect(own[at + 1]?.event).toMatchObject({ type: "run.forked", origin: state.run, at, publish: false });
  expect(await instance.journal.load(state.run)).toEqual(facts);

  // Only calls of its own are asked, reserved and paid.
  const asked = own.slice(at + 1).filter(({ event }) => event.type === "model.requested");
  expect(asked.length).toBeGreaterThan(0);
  expect(instance.model.requests.length - before.model).toBe(asked.length);
  expect(asked.map(({ event }) => (event as { model: string }).model)).toEqual(asked.map(() => OTHER));
  const paid = own
    .slice(at + 1)
    .reduce((sum, { event }) => sum + (event.type === "model.responded" ? event.costMicroUsd : 0), 0);
  expect(forked.costMicroUsd).toBe(paid);
  expect(forked.fork?.inheritedMicroUsd).toBe(fold(run, facts.slice(0, at + 1)).costMicroUsd);
  expect(await on.spent(state)).toBe(before.spent + paid);
  expect(state.costMicroUsd).toBeGreaterThan(0);

  // The base commit was known, so GitHub was not even read.
  expect(instance.github.tokens).toHaveLength(before.tokens);
  expect(on.writesSince(before.github)).toEqual([]);
  expect(forked.effects).toEqual({});

  expect(ended.out).toContain("pull request ready, not published");
  expect(ended.out).toMatch(/tests\s+exit code 1, 1 failing\s+exit code 0\s+exit code 1/);
  const seen = JSON.parse(await readFile(json, "utf8")) as Comparison;
  expect(seen).toMatchObject({ origin: state.run, fork: run, at });
  expect(seen.originWhole).toMatchObject({ costMicroUsd: state.costMicroUsd, turns: state.turns, fixes: 3 });
  expect(seen.forkAfter).toMatchObject({ costMicroUsd: paid, fixes: 0, files: ["src/money.js"], models: [OTHER] });
  expect(seen.originAfter.costMicroUsd + (forked.fork?.inheritedMicroUsd ?? 0)).toBe(state.costMicroUsd);
});

test("inside the executor's conversation the same conversation goes on with the other model, and a fork is forked again", async () => {
  const { facts, state } = await on.failedRun("inside");
  const at = facts.findIndex(({ event }) => event.type === "tool.called" && event.conversation === "implement.1");
  const ended = await fork([state.run, "--at", String(at), "--model", OTHER]);
  expect(ended.err).toBe("");
  const run = await on.onlyFork(state.run);
  const own = await instance.journal.load(run);
  expect(own[at + 2]?.event).toEqual({
    type: "model.switched",
    conversation: "implement.1",
    from: "claude-opus-5-5",
    to: OTHER,
    reason: "forked",
  });
  const forked = await on.stateOf(run);
  expect(forked.outcome?.outcome).toBe("unpublished");
  // The call that was open at the fork is answered as one that was interrupted, and never run.
  const open = facts[at]?.event as { callId: string };
  const answers = own.filter(({ event }) => event.type === "tool.returned" && event.callId === open.callId);
  expect(answers).toHaveLength(1);

  const later = own.findIndex(({ event }) => event.type === "work.submitted");
  const again = await fork([run, "--at", String(later)]);
  expect(again.err).toBe("");
  const second = await on.stateOf(await on.onlyFork(run));
  expect(second.outcome?.outcome).toBe("unpublished");
  expect(second.fork).toMatchObject({ origin: run, at: later });
  expect(second.submissions).toHaveLength(1);
});

test("before the approval it makes a plan and waits; it can be gone on with and approved at the terminal", async () => {
  const scene = await on.open("planned");
  await story.untilPlan(instance, scene);
  await on.atRest();
  const facts = await story.factsOfIssue(instance, scene);
  const [first] = facts;
  if (first === undefined) throw new TypeError("there is a run");
  const at = facts.findIndex(({ event }) => event.type === "command.accepted");
  const from = instance.github.requests.length;
  const minted = instance.github.tokens.length;
  const prompt = join(folder, "planner.md");
  await writeFile(prompt, "You plan. Be brief.");
  const settings = join(folder, "settings.yml");
  await writeFile(settings, "review:\n  enabled: false\n");
  const begun = await fork([first.run, "--at", String(at), "--prompt", `planner=${prompt}`, "--settings", settings]);
  expect(begun).toMatchObject({ code: 0, err: "" });
  expect(begun.out).toContain("## Plan 1:");
  const run = await on.onlyFork(first.run);
  expect(begun.out).toContain(`journeyman fork --resume ${run} --approve`);
  expect((await on.stateOf(run)).conversations["plan.1"]?.system).toBe("You plan. Be brief.");

  const ended = await fork(["--resume", run.slice(-8), "--approve"]);
  expect(ended).toMatchObject({ code: 0, err: "" });
  const forked = await on.stateOf(run);
  expect(forked.outcome?.outcome).toBe("unpublished");
  expect(forked.approval?.by).toMatchObject({ id: 0, type: "User" });
  expect(forked.reviews).toEqual([]);
  expect(on.writesSince(from)).toEqual([]);

  // The issue was read again, with tokens that can do nothing else.
  const tokens = instance.github.tokens.slice(minted);
  expect(tokens.length).toBeGreaterThan(0);
  expect([...new Set(tokens.flatMap(({ permissions }) => Object.values(permissions)))]).toEqual(["read"]);

  // What a terminal approved is not published.
  const own = await instance.journal.load(run);
  story.comment(instance, scene, "/stop");
  await eventually("the end of the run", async () => (await on.stateOf(first.run)).outcome);
  const refused = await fork([run, "--at", String(approvalIn(own)), "--publish"]);
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(/^journeyman: Nothing was forked from run \w+: its plan was approved at a terminal/);
});

test("one that is interrupted stops, and goes on where it was", async () => {
  const scene = await on.approved("stopped");
  const state = await story.untilOver(instance, scene);
  await on.atRest();
  const at = approvalIn(await instance.journal.load(state.run));
  const { child, ended } = startCommand(["fork", state.run, "--at", String(at)], instance.environment);
  const run = await eventually("the fork at work", async () => {
    const [row] = await on.forksOf(state.run);
    if (row === undefined) return null;
    return (await on.stateOf(row.run)).stage === "implement" ? row.run : null;
  });
  child.kill("SIGINT");
  const stopped = await ended;
  expect(stopped.code).toBe(0);
  expect(stopped.out).toContain(`journeyman fork --resume ${run}`);
  expect((await on.stateOf(run)).outcome).toBeNull();
  const head = await instance.journal.head(run);
  // No worker goes on with it: the server's sweep comes every two seconds.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(await instance.journal.head(run)).toBe(head);
  expect((await fork(["--resume", run])).code).toBe(0);
  expect((await on.stateOf(run)).outcome?.outcome).toBe("unpublished");
});

test("bad input is one sentence, and nothing is begun", async () => {
  const [row] = await runsOf(instance);
  if (row === undefined) throw new TypeError("there is a run");
  const broken = join(folder, "broken.yml");
  await writeFile(broken, "budgets: 5\n");
  const at = ["--at", "3"];
  const cases: readonly (readonly [words: readonly string[], sentence: RegExp])[] = [
    [["00000000", ...at], /0 runs match `00000000`.*journeyman runs/],
    [[row.run, "--at", "99999"], /has the facts 0 to \d+; there is no fact 99999/],
    [[row.run, "--at", "-1"], /--at takes the number of a fact/],
    [[row.run, ...at, "--model", "nobody-knows-it"], /price of model nobody-knows-it is not known/],
    [[row.run, ...at, "--settings", broken], /1 fault\(s\):\s+broken.yml:1 .*budgets/s],
    [["--resume", row.run], /it is no fork/],
  ];
  const runs = (await runsOf(instance)).length;
  for (const [words, sentence] of cases) {
    const { code, err } = await fork(words);
    expect(code).toBe(1);
    expect(err).toMatch(sentence);
    expect(err).not.toContain("    at ");
  }
  expect((await runsOf(instance)).length).toBe(runs);
});
