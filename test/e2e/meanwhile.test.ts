import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import { startPrivateRedis } from "../support/redis.ts";
import { call } from "../support/scripted-model/answer.ts";
import * as story from "../support/story.ts";

const SLEEPER = [call("bash", { command: "sleep 12" }), ...story.WORKING];

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({
    script: story.cases({ sleeper: { executor: SLEEPER }, plain: {} }),
  });
});
afterAll(() => instance.stop());

async function approved(name: string): Promise<story.Scene> {
  const scene = await story.openScene(instance, story.FILES, story.caseBody(name));
  story.comment(instance, scene, `/approve ${story.digestIn(await story.untilPlan(instance, scene))}`);
  return scene;
}

test("people are answered while a command runs in the sandbox", async () => {
  const scene = await approved("sleeper");
  await story.untilFact(instance, scene, "tool.called", ({ name }) => name === "bash");
  story.comment(instance, scene, "/help", "reporter");
  story.comment(instance, scene, "/approve");
  await story.said(instance, scene, /\| command \| who \| effect \|/);
  await story.said(instance, scene, /was already approved/);
  const facts = await story.factsOfIssue(instance, scene);
  expect(facts.some(({ event }) => event.type === "tool.returned" && event.conversation === "implement.1")).toBe(false);
  expect((await story.untilOver(instance, scene)).outcome).toMatchObject({ outcome: "pull_request" });
});

test("/stop while the pull request is being opened tells of the pull request that is there", async () => {
  const scene = await approved("plain");
  const fault = instance.github.fault({ match: { method: "POST", route: /\/pulls$/ }, kind: "hang_after" });
  await eventually("the pull request to be under way", () => fault.hits === 1);
  story.comment(instance, scene, "/stop");
  const state = await story.untilOver(instance, scene, 120_000);
  expect(state.outcome).toMatchObject({ outcome: "cancelled" });
  const notice = await story.said(instance, scene, /\*\*Stopped\*\* by/);
  expect(notice).toMatch(/A pull request (?:was|may have been) opened/);
  expect(instance.github.pullRequests(scene.repository)).toHaveLength(1);
});

test("a model call that a stop cut is settled, not reserved for ever", async () => {
  const scene = await approved("sleeper");
  await story.untilFact(instance, scene, "tool.called", ({ name }) => name === "bash");
  story.comment(instance, scene, "/stop");
  const state = await story.untilOver(instance, scene);
  expect(state.openCalls).toEqual({});
});

test("a server whose Redis is gone ends when it is told to", async () => {
  const redis = await startPrivateRedis();
  const other = await startInstance({
    script: story.script(story.PLANNING, story.WORKING),
    environment: { REDIS_URL: redis.path },
  });
  await redis.kill();
  const begun = Date.now();
  await other.server.stop();
  expect(Date.now() - begun).toBeLessThan(40_000);
  await other.stop();
  await redis.remove();
});
