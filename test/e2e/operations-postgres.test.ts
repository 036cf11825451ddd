import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { openJournal } from "../../src/journal/journal.ts";
import { type Hosts, openHosts } from "../support/hosts.ts";
import type { Environment, Instance } from "../support/instance.ts";
import { blocksOf, type Lasting, openWorkshop, type Workshop } from "../support/operations-page.ts";
import * as story from "../support/story.ts";

/*
 * docs/operations.md does what it says, on three hosts over PostgreSQL: the commands are taken from the page and run as they stand there.
 */

const SHARED = ["DATABASE_URL", "REDIS_URL", "ARTIFACTS_URL"] as const;
const HOSTS = ["web", "worker-1", "worker-2"] as const;

let shared: Hosts;
const places: Workshop[] = [];
let running: Lasting[] = [];
beforeAll(async () => {
  shared = await openHosts({ script: story.script(story.PLANNING, story.WORKING) });
  for (const _ of HOSTS) places.push(await openWorkshop());
});
afterAll(async () => {
  for (const one of running) await one.stop();
  await shared.stop();
  for (const { home } of places) await rm(home, { recursive: true, force: true });
});

/** What a person puts into the file of the page, and nothing that lies on another host. */
const settings = (databaseUrl: string): Environment => {
  const { DATA_DIR: _, PATH: __, HOME: ___, ...environment } = shared.instance.environment;
  return { ...environment, DATABASE_URL: databaseUrl, DELIVERY_POLL_SECONDS: "1" };
};

const quoted = (value: string): string => `'${value.replaceAll("'", String.raw`'\''`)}'`;

/** One web side and two workers, begun by the commands of "Scaling out". */
async function start(databaseUrl: string): Promise<void> {
  const [web = "", work = ""] = await blocksOf("Scaling out");
  const [example = ""] = await blocksOf("Scaling out", "ini");
  const names = example.split("\n").flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
  expect(names).toEqual(expect.arrayContaining([...SHARED]));
  const file = Object.entries(settings(databaseUrl)).map(([name, value]) => `${name}=${quoted(value)}\n`);
  running = [];
  for (const [n, { home, begin }] of places.entries()) {
    await writeFile(join(home, "journeyman.env"), file.join(""));
    running.push(begin(n === 0 ? web : work));
  }
  const [line] = await Promise.all(running.map((one, n) => one.until(n === 0 ? "web.listening" : "worker.started")));
  const { port } = JSON.parse(line ?? "{}") as { readonly port?: number };
  shared.instance.github.webhooks.url = `http://127.0.0.1:${port}/api/github/webhooks`;
}

async function stop(): Promise<void> {
  expect(await Promise.all(running.map((one) => one.stop()))).toEqual(HOSTS.map(() => 0));
}

test("three hosts are begun, backed up, restored into an empty database, and find what they had done", async () => {
  const { instance, postgres } = shared;
  const first = shared.shared["DATABASE_URL"] ?? "";
  // Three processes that nobody else looks at: what they said last.
  onTestFailed(() => console.error(running.map(({ log }) => log.slice(-20).join("\n")).join("\n\n")));
  await start(first);
  const scene = await story.openScene(instance);
  await story.untilPlan(instance, scene);
  const [desk] = places;
  if (desk === undefined) throw new TypeError("there is a host");
  const [, backup = ""] = await blocksOf("Backup");
  await desk.run(backup, settings(first));
  story.comment(instance, scene, "/approve");
  const over = await story.untilOver(instance, scene);
  expect(over.outcome?.outcome).toBe("pull_request");
  await stop();
  expect(running.flatMap(({ log }) => log).filter((line) => line.includes('"level":50'))).toEqual([]);

  const second = await postgres.createDatabase();
  const [, restore = ""] = await blocksOf("Restore");
  const seen = await desk.run(restore, { ...settings(second), DATA_DIR: "data" });
  expect(seen).toContain("plan awaits approval");
  await start(second);
  const restored: Instance = { ...instance, journal: await openJournal({ url: second }) };
  const again = await story.untilOver(restored, scene).finally(() => restored.journal.close());
  expect(again.outcome?.outcome).toBe("pull_request");
  expect(again.pullRequest?.number).toBe(over.pullRequest?.number);
  expect(instance.github.pullRequests(scene.repository)).toHaveLength(1);
  expect(story.ours(instance, scene).length).toBe(new Set(story.ours(instance, scene)).size);
  await stop();
});
