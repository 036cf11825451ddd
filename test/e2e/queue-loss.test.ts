import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import { type PrivateRedis, startPrivateRedis } from "../support/redis.ts";
import { call, slow } from "../support/scripted-model/answer.ts";
import * as story from "../support/story.ts";

/* Redis emptied or gone at every stage of a run. It holds wakes only: the journal brings each of them back. */

/** Long enough that Redis is lost in between. */
const THINKING_MS = 4_000;
const [LOOK, ...WORK] = story.WORKING;

let redis: PrivateRedis;
let instance: Instance;
beforeAll(async () => {
  redis = await startPrivateRedis();
  instance = await startInstance({
    script: story.cases({
      waiting: {},
      thinking: { executor: [slow(THINKING_MS, LOOK ?? call("read", { path: "src/money.js" })), ...WORK] },
      approved: {},
      received: {},
      gone: { executor: [slow(THINKING_MS, LOOK ?? call("read", { path: "src/money.js" })), ...WORK] },
    }),
    environment: { REDIS_URL: redis.path },
  });
});
afterAll(async () => {
  await instance.stop();
  await redis.remove();
});

const empty = () => redis.command(["FLUSHALL"]);

async function approve(scene: story.Scene): Promise<void> {
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
}

const thinks = (scene: story.Scene) =>
  story.untilFact(instance, scene, "model.requested", ({ conversation }) => conversation === "implement.1");

interface Moment {
  readonly name: string;
  readonly lose: (scene: story.Scene) => Promise<unknown>;
}

const MOMENTS: readonly Moment[] = [
  {
    name: "F7.RL waiting for approval",
    lose: async (scene) => {
      await story.untilPlan(instance, scene);
      await empty();
      await approve(scene);
    },
  },
  {
    name: "F10.RL thinking",
    lose: async (scene) => {
      await approve(scene);
      await thinks(scene);
      await empty();
    },
  },
  {
    name: "F8.RL approved just now",
    lose: async (scene) => {
      await approve(scene);
      await instance.github.webhooks.settled();
      await empty();
    },
  },
  {
    name: "F2.RL received, and its wake never written",
    lose: async (scene) => {
      await redis.kill();
      instance.github.label(scene.issue, "maintainer", "journeyman");
      await story.untilFact(instance, scene, "command.received");
      await redis.restart();
      await empty();
      await approve(scene);
    },
  },
];

test.each(MOMENTS)("Redis emptied: a run that is $name moves again within 60 s and ends as ever", async (at) => {
  const scene = await story.openScene(instance, story.FILES, story.caseBody(at.name.split(/[ ,]/)[1] ?? ""));
  await at.lose(scene);
  const facts = (await story.factsOfIssue(instance, scene)).length;
  await eventually(
    "the run to move again",
    async () => (await story.factsOfIssue(instance, scene)).length > facts,
    60_000,
  );
  expect((await story.untilOver(instance, scene)).outcome).toMatchObject({ outcome: "pull_request" });
  expect(story.ours(instance, scene), "status and plan").toHaveLength(2);
  expect(instance.github.pullRequests(scene.repository)).toHaveLength(1);
});

test("F10.RR while Redis is away work under way goes on, and the next wake comes when it is back", async () => {
  const scene = await story.openScene(instance, story.FILES, story.caseBody("gone"));
  await approve(scene);
  await thinks(scene);
  await redis.kill();
  const before = instance.server.log.length;
  expect((await story.untilOver(instance, scene)).outcome, "without Redis").toMatchObject({ outcome: "pull_request" });
  const lines = instance.server.log.length - before;
  expect(lines, "no busy loop: some lines a second").toBeLessThan(600);
  const ready = await fetch(`http://127.0.0.1:${instance.server.port}/readyz`);
  expect(ready.status).toBe(503);
  await redis.restart();
  await eventually("to be ready again", async () => {
    const answer = await fetch(`http://127.0.0.1:${instance.server.port}/readyz`);
    return answer.status === 200;
  });
  const next = await story.openScene(instance, story.FILES, story.caseBody("waiting"));
  await story.untilPlan(instance, next);
});

test("nothing that was asked of GitHub is unknown to GitHub", () => {
  expect(instance.github.faults).toEqual([]);
});
