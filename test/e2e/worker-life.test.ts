import { ok } from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test } from "vitest";
import { asInstallation } from "../support/github/client.ts";
import { eventually, type Instance, startInstance, startServer } from "../support/instance.ts";
import { containersOf } from "../support/leftovers.ts";
import { type PrivateRedis, startPrivateRedis } from "../support/redis.ts";
import { call, slow, status, text } from "../support/scripted-model/answer.ts";
import { failing } from "../support/scripted-model/script.ts";
import * as story from "../support/story.ts";

/* Workers that are frozen, killed again and again, or asked to stop in the midst of something. */

const LONG_MS = 60_000;
const EDIT = story.edit(story.BUGGY, story.FIXED);

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function start(options: Parameters<typeof startInstance>[0]): Promise<Instance> {
  const instance = await startInstance(options);
  ends.push(() => instance.stop());
  return instance;
}

const label = (instance: Instance, scene: story.Scene): void =>
  instance.github.label(scene.issue, "maintainer", "journeyman");

const writes = (instance: Instance, tail: RegExp) =>
  instance.github.requests.filter(({ method, path }) => method !== "GET" && tail.test(path));

test("D4 a worker frozen right before an effect does it no more when it wakes: another has taken over", async () => {
  const instance = await start({
    script: story.script(story.PLANNING, story.WORKING),
    environment: { JOURNEYMAN_FAILPOINT: "effect.before:plan.1=stop" },
  });
  const scene = await story.openScene(instance);
  label(instance, scene);
  await story.untilFact(instance, scene, "effect.intended", ({ key }) => key === "plan.1");
  const frozen = instance.server.pid;
  ends.push(async () => void process.kill(frozen, "SIGCONT"));
  const { JOURNEYMAN_FAILPOINT: _, ...environment } = instance.environment;
  const other = await startServer(environment, "work");
  ends.push(() => other.stop());
  const plan = await story.said(instance, scene, /## Plan 1:/);
  await story.untilFact(instance, scene, "effect.done", ({ key }) => /^status\.\d+$/.test(key));
  await eventually("the other one to give its lease back", async () => {
    const [row] = await instance.journal.runs({ limit: 1 });
    return row?.leasedUntil === null;
  });
  const facts = await story.factsOfIssue(instance, scene);
  const posted = writes(instance, /\/comments/).length;
  process.kill(frozen, "SIGCONT");
  // It answers again: by then everything that waited in it has had its turn.
  await eventually("the frozen one to answer", async () => {
    const answer = await fetch(`http://127.0.0.1:${instance.server.port}/healthz`);
    return answer.ok;
  });
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(writes(instance, /\/comments/).slice(posted)).toEqual([]);
  expect(await story.factsOfIssue(instance, scene)).toEqual(facts);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  expect((await story.untilOver(instance, scene)).outcome).toMatchObject({ outcome: "pull_request" });
  expect(story.ours(instance, scene)).toHaveLength(2);
  expect(instance.github.pullRequests(scene.repository)).toHaveLength(1);
});

test("a twin of the status comment is gone when the run is over", async () => {
  const instance = await start({ script: story.script(story.PLANNING, story.WORKING) });
  const scene = await story.openScene(instance);
  const plan = await story.untilPlan(instance, scene);
  const at = { owner: scene.repository.owner, repo: scene.repository.name };
  const rest = asInstallation(instance.github).rest.issues;
  const { data } = await rest.listComments({ ...at, issue_number: scene.issue.number });
  const first = data.find(({ body }) => body?.includes("## Journeyman:"));
  ok(first?.body !== undefined, "the status comment is there");
  await rest.createComment({ ...at, issue_number: scene.issue.number, body: first.body });
  expect(story.ours(instance, scene)).toHaveLength(3);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  await story.untilOver(instance, scene);
  const left = story.ours(instance, scene).filter((body) => body.includes("## Journeyman:"));
  expect(left).toHaveLength(1);
  expect(left[0], "the one that was kept up to date").toContain("pull request");
});

test("five kills at the same place and the run is held up with the cause, in one comment", async () => {
  const instance = await start({
    script: story.script(story.PLANNING, story.WORKING),
    environment: { JOURNEYMAN_FAILPOINT: "append.after:stage.started=kill" },
  });
  const scene = await story.openScene(instance);
  label(instance, scene);
  for (let kill = 0; kill < 5; kill++) {
    await instance.server.ended;
    await instance.restart();
  }
  const notice = await story.said(instance, scene, /Held up/);
  expect(notice).toContain("5 times");
  expect(story.ours(instance, scene).filter((body) => body.includes("Held up"))).toHaveLength(1);
  await instance.server.stop();
  await instance.restart({ JOURNEYMAN_FAILPOINT: "nowhere=kill" });
  story.comment(instance, scene, "/retry");
  await story.said(instance, scene, /## Plan 1:/);
});

test("a key that is refused is one error for the operator, and its runs go on by themselves after a restart", async () => {
  const [look, submit] = story.PLANNING;
  ok(look !== undefined && submit !== undefined, "the story has two turns");
  const refused = () => failing([status(401, { message: "invalid x-api-key" })], look);
  const planner = [refused(), submit];
  const instance = await start({ script: story.cases({ one: { planner }, two: { planner: [refused(), submit] } }) });
  const scenes = [];
  for (const name of ["one", "two"]) {
    const scene = await story.openScene(instance, story.FILES, story.caseBody(name));
    label(instance, scene);
    await story.untilFact(instance, scene, "run.parked", ({ code }) => code === "model_unauthorized");
    scenes.push(scene);
  }
  expect(instance.server.log.filter((line) => line.includes('"model.key_refused"'))).toHaveLength(1);
  await instance.server.stop();
  await instance.restart();
  for (const scene of scenes) await story.untilFact(instance, scene, "run.resumed");
});

interface Situation {
  readonly name: string;
  readonly arrive: (instance: Instance, scene: story.Scene, redis: PrivateRedis) => Promise<unknown>;
  readonly after?: (redis: PrivateRedis) => Promise<unknown>;
}

async function approve(instance: Instance, scene: story.Scene): Promise<void> {
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
}

const thinking = async (instance: Instance, scene: story.Scene): Promise<void> => {
  await approve(instance, scene);
  await story.untilFact(instance, scene, "model.requested", ({ conversation }) => conversation === "implement.1");
};

const locks: DatabaseSync[] = [];

const SITUATIONS: readonly Situation[] = [
  { name: "thinking", arrive: thinking },
  {
    name: "running",
    arrive: async (instance, scene) => {
      await approve(instance, scene);
      await story.untilFact(instance, scene, "tool.called", ({ name }) => name === "bash");
    },
  },
  {
    name: "publishing",
    arrive: async (instance, scene) => {
      const fault = instance.github.fault({ match: { method: "POST", route: /\/git\/blobs$/ }, kind: "hang" });
      await approve(instance, scene);
      await eventually("a blob to be under way", () => fault.hits === 1);
    },
  },
  {
    name: "thinking, Redis frozen",
    arrive: async (instance, scene, redis) => {
      await thinking(instance, scene);
      redis.freeze();
    },
    after: async (redis) => redis.thaw(),
  },
  {
    name: "thinking, Redis gone",
    arrive: async (instance, scene, redis) => {
      await thinking(instance, scene);
      await redis.kill();
    },
    after: (redis) => redis.restart(),
  },
  {
    name: "thinking, the journal locked",
    arrive: async (instance, scene) => {
      await thinking(instance, scene);
      const lock = new DatabaseSync(join(instance.dataDir, "journal.sqlite"));
      lock.exec("begin immediate");
      locks.push(lock);
    },
    after: async () => locks.pop()?.close(),
  },
];

test.each(SITUATIONS)(
  "asked to stop while $name, a server ends within 25 s with exit code 0, and the next one goes on",
  async ({ name, arrive, after }) => {
    const redis = await startPrivateRedis();
    ends.push(() => redis.remove());
    const [LOOK, ...rest] = story.WORKING;
    ok(LOOK !== undefined, "the story has turns");
    const [about = ""] = name.split(",");
    let calls = 0;
    const first = () => (calls++ === 0 ? slow(LONG_MS, text("thinking")) : LOOK);
    const executors = {
      thinking: ({ n }: { n: number }) => (n === 0 ? first() : (rest[n - 1] ?? story.submitWork())),
      running: [EDIT, call("bash", { command: "sleep 60" }), story.submitWork()],
      publishing: story.WORKING,
    };
    const executor = executors[about as keyof typeof executors];
    const instance = await start({
      script: story.cases({ [about]: { executor } }),
      environment: { REDIS_URL: redis.path },
    });
    const scene = await story.openScene(instance, story.FILES, story.caseBody(about));
    await arrive(instance, scene, redis);
    const begun = Date.now();
    await instance.server.stop();
    expect(Date.now() - begun).toBeLessThan(25_000);
    expect(await instance.server.ended).toBe(0);
    await after?.(redis);
    const facts = (await story.factsOfIssue(instance, scene)).length;
    await instance.restart();
    await eventually("the next one to go on", async () => (await story.factsOfIssue(instance, scene)).length > facts);
    const all = await story.factsOfIssue(instance, scene);
    expect(all.map(({ index }) => index)).toEqual(all.map((_, index) => index));
  },
);

test("F1.DF while the journal cannot be written deliveries are refused with 503, and act when it can", async () => {
  const instance = await start({
    script: story.script(story.PLANNING, story.WORKING),
    environment: { DELIVERY_POLL_SECONDS: "2" },
  });
  const scene = await story.openScene(instance);
  await instance.github.webhooks.settled();
  const lock = new DatabaseSync(join(instance.dataDir, "journal.sqlite"));
  lock.exec("begin immediate");
  label(instance, scene);
  const ready = await fetch(`http://127.0.0.1:${instance.server.port}/readyz`);
  expect(ready.status).toBe(503);
  await instance.github.webhooks.settled();
  const refused = instance.github.webhooks.deliveries.findLast(({ action }) => action === "labeled");
  expect(refused?.statusCode).toBe(503);
  expect(refused?.responseHeaders["retry-after"]).toBe("30");
  lock.close();
  await story.said(instance, scene, /## Plan 1:/);
  const facts = await story.factsOfIssue(instance, scene);
  expect(facts.filter(({ event }) => event.type === "command.received")).toHaveLength(1);
  expect(await containersOf(instance)).toEqual([]);
});
