import { createServer, connect, type Server } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type Instance, startInstance } from "../support/instance.ts";
import { startPrivateRedis } from "../support/redis.ts";
import { status } from "../support/scripted-model/answer.ts";
import { failing } from "../support/scripted-model/script.ts";
import * as story from "../support/story.ts";

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function start(...options: Parameters<typeof startInstance>): Promise<Instance> {
  const instance = await startInstance(...options);
  ends.push(() => instance.stop());
  return instance;
}

/** A socket behind which the engine appears when it is opened. */
function engineAt(path: string): Promise<Server> {
  const server = createServer((client) => {
    const engine = connect("/var/run/docker.sock");
    client.on("error", () => engine.destroy()).pipe(engine);
    engine.on("error", () => client.destroy()).pipe(client);
  });
  const { promise, resolve, reject } = Promise.withResolvers<Server>();
  server.once("error", reject);
  server.listen(path, () => resolve(server));
  return promise;
}

test("without a Docker engine the run is held up with the cause, and goes on by itself when the engine is back", async () => {
  const directory = await mkdtemp(join(tmpdir(), "engine-"));
  ends.push(() => rm(directory, { recursive: true, force: true }));
  const socket = join(directory, "docker.sock");
  const script = story.script(story.PLANNING, story.WORKING);
  const instance = await start({ script, environment: { DOCKER_HOST: `unix://${socket}` } });
  const scene = await story.openScene(instance);
  instance.github.label(scene.issue, "maintainer", "journeyman");
  const notice = await story.said(instance, scene, /Held up/);
  expect(notice).toContain("The Docker engine at");
  const server = await engineAt(socket);
  ends.push(async () => server.close());
  await story.said(instance, scene, /## Plan 1:/);
  expect(story.ours(instance, scene).filter((body) => body.includes("Held up"))).toHaveLength(1);
});

test("without Redis a delivery is accepted and written down, and acted on when Redis is back", async () => {
  const redis = await startPrivateRedis();
  ends.push(() => redis.remove());
  const script = story.script(story.PLANNING, story.WORKING);
  const instance = await start({ script, environment: { REDIS_URL: redis.path } });
  const scene = await story.openScene(instance);
  await redis.kill();
  instance.github.label(scene.issue, "maintainer", "journeyman");
  await instance.github.webhooks.settled();
  const delivered = instance.github.webhooks.deliveries.findLast(({ action }) => action === "labeled");
  expect(delivered?.statusCode).toBe(202);
  const written = (await story.factsOfIssue(instance, scene)).map(({ event }) => event.type);
  expect(written.slice(0, 2), "written down while there is no Redis").toEqual(["run.requested", "command.received"]);
  await redis.restart();
  await story.said(instance, scene, /## Plan 1:/);
});

test("F5.M4 a model that is overloaded for long holds the run up with the cause, and /retry tries at once", async () => {
  const busy = Array.from({ length: 5 }, () => status(529));
  const [look, submit] = story.PLANNING;
  if (look === undefined || submit === undefined) throw new TypeError("the story has two turns");
  const instance = await start({ script: story.script([failing(busy, look), submit], story.WORKING) });
  const scene = await story.openScene(instance);
  instance.github.label(scene.issue, "maintainer", "journeyman");
  const notice = await story.said(instance, scene, /Held up/);
  expect(notice).toContain("overloaded");
  const begun = Date.now();
  story.comment(instance, scene, "/retry");
  await story.said(instance, scene, /## Plan 1:/);
  expect(Date.now() - begun, "the circuit, open for half a minute, lets it through").toBeLessThan(15_000);
});

test("a model that refuses the key holds the run up until a person retries, and the key is in no comment and no log", async () => {
  const [look, submit] = story.PLANNING;
  if (look === undefined || submit === undefined) throw new TypeError("the story has two turns");
  const key = "sk-scripted-model-key-0123456789";
  const refused = [status(401, { message: `invalid x-api-key: ${key}` })];
  const instance = await start({ script: story.script([failing(refused, look), submit], story.WORKING) });
  const scene = await story.openScene(instance);
  instance.github.label(scene.issue, "maintainer", "journeyman");
  await story.said(instance, scene, /refused the API key/);
  expect(story.ours(instance, scene).join("\n")).not.toContain(key);
  expect(instance.server.log.join("\n")).not.toContain(key);
  story.comment(instance, scene, "/retry");
  await story.said(instance, scene, /## Plan 1:/);
});

test("F6.GS a limited write is put off for as long as GitHub asks, and is made once", async () => {
  const instance = await start({ script: story.script(story.PLANNING, story.WORKING) });
  const scene = await story.openScene(instance);
  const fault = instance.github.fault({
    match: { method: "POST", route: /\/comments$/ },
    kind: "secondary_limit",
    seconds: 20,
    skip: 1,
  });
  instance.github.label(scene.issue, "maintainer", "journeyman");
  await story.said(instance, scene, /## Plan 1:/);
  expect(fault.hits).toBe(1);
  const writes = instance.github.requests.filter(({ method, path }) => method === "POST" && path.endsWith("/comments"));
  expect(writes.map(({ status: seen }) => seen)).toEqual([201, 403, 201]);
});

test("F6.GT F14.G5 writes whose answer is lost or an error are made once", async () => {
  const instance = await start({ script: story.script(story.PLANNING, story.WORKING) });
  const scene = await story.openScene(instance);
  for (const route of [/\/comments$/, /\/git\/commits$/, /\/git\/refs$/, /\/pulls$/])
    instance.github.fault({
      match: { method: "POST", route },
      kind: route.source.includes("pulls") ? "error_after" : "reset_after",
    });
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  const state = await story.untilOver(instance, scene, 120_000);
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  expect(story.ours(instance, scene)).toHaveLength(2);
  expect(instance.github.pullRequests(scene.repository)).toHaveLength(1);
  expect(Object.keys(await instance.github.branches(scene.repository))).toHaveLength(2);
});
