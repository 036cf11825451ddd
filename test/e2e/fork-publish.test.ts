import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunId } from "../../src/core/ids.ts";
import type { RunState } from "../../src/core/state.ts";
import { runCommand, startCommand } from "../support/command-line.ts";
import { approvalIn, byModel, forkStory, NEVER_FIXED, OTHER, PATIENT, STUCK } from "../support/fork-story.ts";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import * as story from "../support/story.ts";

/*
 * A fork that is published is the live run of its issue: GitHub shows it beside the run that it came from, people's commands reach it, and
 * the server's workers drive it, also when whoever began it has left.
 */

let instance: Instance;
let on: ReturnType<typeof forkStory>;
beforeAll(async () => {
  instance = await startInstance({
    script: story.cases({
      published: { executor: byModel(NEVER_FIXED, PATIENT) },
      stayed: STUCK,
      live: { executor: byModel(PATIENT, story.WORKING) },
    }),
  });
  on = forkStory(instance);
});
afterAll(() => instance.stop());

const fork = (words: readonly string[]) => runCommand(["fork", ...words], instance.environment);

/** The end of a run, when GitHub shows it. */
const untilShown = (run: RunId): Promise<RunState> =>
  eventually("the end of the fork", async () => {
    const state = await on.stateOf(run);
    return state.outcome !== null && state.effects[`status.${state.restedAt}`] ? state : null;
  });

test("is driven to a pull request by the server's worker after its terminal is gone, and owns the issue meanwhile", async () => {
  const { scene, facts, state } = await on.failedRun("published");
  const at = String(approvalIn(facts));
  const words = ["fork", state.run, "--at", at, "--model", OTHER, "--publish"];
  const { child, ended } = startCommand(words, instance.environment);
  const working = ({ conversation }: { conversation: string }) => conversation === "implement.1";
  const run = await eventually("the fork", async () => (await on.forksOf(state.run))[0]?.run);
  // The newest run of the issue is the fork.
  await story.untilFact(instance, scene, "run.forked");
  await eventually("its first call", async () =>
    (await instance.journal.load(run))
      .slice(Number(at) + 2)
      .some(({ event }) => event.type === "model.requested" && working(event)),
  );
  const refused = await fork([state.run, "--at", at, "--publish"]);
  expect(refused.code).toBe(1);
  expect(refused.err.trim().split("\n")).toHaveLength(1);
  expect(refused.err).toContain(`run ${run} is at work on the issue; stop it first, by /stop on the issue`);
  child.kill("SIGKILL");
  await ended;
  expect((await on.stateOf(run)).outcome).toBeNull();
  expect(await instance.journal.find(run)).toMatchObject({ live: true, silent: false, origin: state.run });
  story.comment(instance, scene, "/budget $3");

  const over = await untilShown(run);
  expect(over.outcome).toMatchObject({ outcome: "pull_request" });
  expect(over.budgetMicroUsd).toBe(3_000_000);
  const [pull, ...more] = instance.github.pullRequests(scene.repository);
  expect(more).toEqual([]);
  expect(pull?.number).toBe(over.pullRequest?.number);
  expect((await instance.github.tree(scene.repository, pull?.head ?? ""))["src/money.js"]?.content).toBe(story.FIXED);
  const statuses = story.ours(instance, scene).filter((body) => body.includes("## Journeyman:"));
  expect(statuses).toHaveLength(2);
  expect(statuses[1]).toContain(`Goes on from run \`${state.run}\`, where it stood, with \`${OTHER}\` in every role`);
  expect(story.ours(instance, scene).filter((body) => body.includes("## Plan 1:"))).toHaveLength(1);
  expect(await instance.journal.load(state.run)).toEqual(facts);

  const listed = await runCommand(["runs"], { DATA_DIR: instance.dataDir });
  const lineOf = (id: RunId): string => listed.out.split("\n").find((line) => line.startsWith(id)) ?? "";
  expect(lineOf(run)).toMatch(new RegExp(`pull request opened {2}fork of ${state.run.slice(-8)}$`));
  expect(lineOf(state.run)).not.toContain("fork of");
});

test("is driven at the terminal as well, which prints both side by side", async () => {
  const { scene, facts, state } = await on.failedRun("stayed");
  const ended = await fork([state.run, "--at", String(approvalIn(facts)), "--model", OTHER, "--publish"]);
  expect(ended).toMatchObject({ code: 0, err: "" });
  expect(ended.out).toContain("pull request opened");
  const over = await untilShown(await on.onlyFork(state.run));
  expect(over.outcome).toMatchObject({ outcome: "pull_request" });
  expect(instance.github.pullRequests(scene.repository)).toHaveLength(1);
});

test("a silent fork of a run at work leaves it alone, and takes over the facts of that moment", async () => {
  const scene = await on.approved("live");
  await story.untilFact(instance, scene, "model.requested", ({ conversation }) => conversation === "implement.1");
  const before = await story.factsOfIssue(instance, scene);
  const origin = before[0]?.run ?? expect.fail("there is a run");
  const at = approvalIn(before);
  const begun = startCommand(["fork", origin, "--at", String(at), "--model", OTHER], instance.environment);
  const run = await eventually("the fork", async () => (await on.forksOf(origin))[0]?.run);
  expect((await on.stateOf(origin)).outcome, "the first one is still at work").toBeNull();
  expect(await begun.ended).toMatchObject({ code: 0, err: "" });
  expect((await on.stateOf(run)).outcome).toMatchObject({ outcome: "unpublished" });

  const over = await untilShown(origin);
  expect(over.outcome).toMatchObject({ outcome: "pull_request" });
  const facts = await instance.journal.load(origin);
  expect(facts.map(({ index }) => index)).toEqual(facts.map((_, n) => n));
  expect(new Set(facts.slice(at).map(({ epoch }) => epoch)).size, "nobody took its lease").toBe(1);
  const own = await instance.journal.load(run);
  expect(own.slice(0, at + 1).map(({ event }) => event)).toEqual(facts.slice(0, at + 1).map(({ event }) => event));
  expect(instance.github.pullRequests(scene.repository)).toHaveLength(1);
  expect(story.ours(instance, scene), "status and plan").toHaveLength(2);
});

test("nothing that was asked of GitHub is unknown to GitHub", () => {
  expect(instance.github.faults).toEqual([]);
});
