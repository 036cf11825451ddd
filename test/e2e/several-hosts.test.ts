import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { digestOf } from "../../src/core/digest.ts";
import { openJournal } from "../../src/journal/journal.ts";
import { createDockerSandbox } from "../../src/sandbox/docker.ts";
import { REGISTRIES, SANDBOX_IMAGE } from "../support/docker.ts";
import { type Github, startGithub } from "../support/github/server.ts";
import { API_KEY, environmentFor, type Instance, type Server, startServer } from "../support/instance.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { type PrivateRedis, startPrivateRedis } from "../support/redis.ts";
import { slow } from "../support/scripted-model/answer.ts";
import { type ScriptedModel, startScriptedModel } from "../support/scripted-model/server.ts";
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

interface Host {
  readonly dataDir: string;
  readonly process: Server;
}

let github: Github;
let model: ScriptedModel;
let postgres: Postgres;
let redis: PrivateRedis;
let room: string;
let instance: Instance;
const hosts: Host[] = [];

async function startHost(name: string, command: "web" | "work"): Promise<Host> {
  const dataDir = join(room, name);
  const process = await startServer({ ...instance.environment, DATA_DIR: dataDir }, command);
  const host = { dataDir, process };
  hosts.push(host);
  return host;
}

/** What a host that died for good leaves on the engine; a host that comes back removes it itself. */
async function removeSandboxes({ dataDir }: Host): Promise<void> {
  const sandbox = createDockerSandbox({
    image: SANDBOX_IMAGE,
    instance: digestOf(dataDir).slice(0, 12),
    dataDir,
    registries: REGISTRIES,
  });
  await sandbox.sweep(() => false);
  await sandbox.close();
}

beforeAll(async () => {
  room = await mkdtemp(join(tmpdir(), "jh-"));
  [github, model, postgres, redis] = await Promise.all([
    startGithub(),
    startScriptedModel({ script: story.script(story.PLANNING, EXECUTOR), apiKey: API_KEY }),
    startPostgres(),
    startPrivateRedis(),
  ]);
  const url = await postgres.createDatabase();
  const shared = { DATABASE_URL: url, REDIS_URL: redis.path, ARTIFACTS_URL: join(room, "artifacts") };
  const nobody = async (): Promise<void> => {};
  instance = {
    github,
    model,
    dataDir: room,
    environment: { ...environmentFor(github, model, join(room, "none")), ...shared },
    server: { pid: 0, port: 0, log: [], kill: nobody, stop: nobody },
    journal: await openJournal({ url }),
    restart: nobody,
    stop: nobody,
  };
});

afterAll(async () => {
  for (const { process } of hosts) await process.stop();
  for (const host of hosts) await removeSandboxes(host);
  await instance.journal.close();
  await Promise.all([model.close(), github.stop(), redis.remove(), postgres.stop()]);
  await rm(room, { recursive: true, force: true, maxRetries: 3 });
});

test("a worker dies in the middle, and another host with an empty disk goes on to the pull request", async () => {
  const web = await startHost("web", "web");
  github.webhooks.url = `http://127.0.0.1:${web.process.port}/api/github/webhooks`;
  const first = await startHost("first", "work");
  const scene = await story.openScene(instance);
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  const isThird = ({ conversation, turn }: { conversation: string; turn: number }) =>
    conversation === "implement.1" && turn === 3;
  await story.untilFact(instance, scene, "model.requested", isThird);
  expect((await story.factsOfIssue(instance, scene)).some(({ event }) => event.type === "checkpoint.saved")).toBe(true);
  const second = await startHost("second", "work");
  await first.process.kill();
  expect((await story.stateOfIssue(instance, scene))?.outcome).toBeNull();

  const over = await story.untilOver(instance, scene);
  expect(over.outcome).toMatchObject({ outcome: "pull_request" });
  const facts = await story.factsOfIssue(instance, scene);
  // The second worker wrote under an epoch of its own, and nobody under the older one after it.
  const epochs = facts.map(({ epoch }) => epoch);
  expect(epochs).toEqual(epochs.toSorted((a, b) => a - b));
  expect(facts.map(({ index }) => index)).toEqual(facts.map((_, n) => n));
  const [pull, ...more] = github.pullRequests(scene.repository);
  expect(more).toEqual([]);
  expect((await github.tree(scene.repository, pull?.head ?? ""))["src/money.js"]?.content).toBe(story.FIXED);
  // Each turn was paid once, but for the one that was cut.
  const requests = facts.filter(({ event }) => event.type === "model.requested").length;
  const responses = facts.filter(({ event }) => event.type === "model.responded").length;
  expect(requests - responses).toBeLessThanOrEqual(1);
  // No host has a journal of its own; the second one has only what it made itself.
  for (const { dataDir } of hosts) expect(await readdir(dataDir)).not.toContain("journal.sqlite");
  expect(await readdir(second.dataDir)).not.toContain("artifacts");
});
