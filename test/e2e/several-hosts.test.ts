import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Hosts, openHosts } from "../support/hosts.ts";
import { slow } from "../support/scripted-model/answer.ts";
import * as story from "../support/story.ts";

/*
 * Three hosts: one takes deliveries in, two work. They share the database, Redis and the store of artifacts, and nothing else: each has a
 * data directory of its own, empty at its start.
 */

const EXECUTOR = [
  story.WORKING[0]!,
  story.edit(story.BUGGY, story.FIXED),
  // The turn before this one is journaled and its checkpoint kept; this one is cut by the death of its worker.
  slow(4_000, story.WORKING[2]!),
  story.submitWork(),
];

let hosts: Hosts;
beforeAll(async () => {
  hosts = await openHosts({ script: story.script(story.PLANNING, EXECUTOR) });
});
afterAll(() => hosts.stop());

test("a worker dies in the middle, and another host with an empty disk goes on to the pull request", async () => {
  const { instance } = hosts;
  await hosts.start("web", "web");
  const first = await hosts.start("first", "work");
  const scene = await story.openScene(instance);
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  const isThird = ({ conversation, turn }: { conversation: string; turn: number }) =>
    conversation === "implement.1" && turn === 3;
  await story.untilFact(instance, scene, "model.requested", isThird);
  expect((await story.factsOfIssue(instance, scene)).some(({ event }) => event.type === "checkpoint.saved")).toBe(true);
  const second = await hosts.start("second", "work");
  await first.process.kill();
  expect((await story.stateOfIssue(instance, scene))?.outcome).toBeNull();

  const over = await story.untilOver(instance, scene);
  expect(over.outcome).toMatchObject({ outcome: "pull_request" });
  const facts = await story.factsOfIssue(instance, scene);
  // The second worker wrote under an epoch of its own, and nobody under the older one after it.
  const epochs = facts.map(({ epoch }) => epoch);
  expect(epochs).toEqual(epochs.toSorted((a, b) => a - b));
  expect(facts.map(({ index }) => index)).toEqual(facts.map((_, n) => n));
  const [pull, ...more] = instance.github.pullRequests(scene.repository);
  expect(more).toEqual([]);
  expect((await instance.github.tree(scene.repository, pull?.head ?? ""))["src/money.js"]?.content).toBe(story.FIXED);
  // Each turn was paid once, but for the one that was cut.
  const requests = facts.filter(({ event }) => event.type === "model.requested").length;
  const responses = facts.filter(({ event }) => event.type === "model.responded").length;
  expect(requests - responses).toBeLessThanOrEqual(1);
  // No host has a journal of its own; the second one has only what it made itself.
  for (const { dataDir } of hosts.all) expect(await readdir(dataDir)).not.toContain("journal.sqlite");
  expect(await readdir(second.dataDir)).not.toContain("artifacts");
});
