import { existsSync } from "node:fs";
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunEvent } from "../../src/core/events.ts";
import { digestOf } from "../../src/core/digest.ts";
import type { RunId } from "../../src/core/ids.ts";
import { openArtifacts } from "../../src/journal/artifacts.ts";
import { exportPath, withExport } from "../../src/journal/export.ts";
import { sealedPath } from "../../src/journal/export-seal.ts";
import { openJournal } from "../../src/journal/journal.ts";
import { add, claimed, found, subject } from "../contract/journal/kit.ts";
import { mountSmallDisk, type SmallDisk } from "../faults/matrix/disk.ts";
import { runCommand } from "../support/command-line.ts";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import { type PrivateRedis, startPrivateRedis } from "../support/redis.ts";
import * as story from "../support/story.ts";

/*
 * What a server keeps, on a disk of its own: what is too old goes by itself a minute after the start, and a full disk is told to whoever asks
 * whether the server is ready. Redis lies elsewhere, so that the disk alone is at fault.
 */

const DAYS = 3;
const OLD = Date.now() - (DAYS + 1) * 86_400_000;
const ORPHAN = "named by no fact";

let disk: SmallDisk;
let redis: PrivateRedis;
let instance: Instance;
let old: RunId;

const filesOf = (run: RunId): string[] => {
  const path = exportPath(join(disk.directory, "runs"), run);
  return [path, sealedPath(path)].filter((file) => existsSync(file));
};

/** A run that was over before the server started, with its exported file, and an artifact that nothing refers to. */
async function oldRun(): Promise<RunId> {
  const journal = withExport(
    await openJournal({ file: join(disk.directory, "journal.sqlite") }),
    join(disk.directory, "runs"),
  );
  const run = await found(journal, subject(), undefined);
  const claim = await claimed(journal, run, OLD);
  const end: RunEvent = { type: "run.finished", outcome: "cancelled", code: null, details: {} };
  const summary = { status: "stopped", live: false, dueAt: null, costMicroUsd: 0 };
  await add(journal, claim, 1, { at: OLD, events: [end], summary });
  await journal.release(claim, 2);
  await journal.close();
  for (const file of filesOf(run)) await utimes(file, OLD / 1_000, OLD / 1_000);
  await openArtifacts(join(disk.directory, "artifacts"), () => OLD).put(new TextEncoder().encode(ORPHAN));
  return run;
}

beforeAll(async () => {
  [disk, redis] = await Promise.all([mountSmallDisk(64), startPrivateRedis()]);
  old = await oldRun();
  instance = await startInstance({
    script: story.script(story.PLANNING, story.WORKING),
    dataDir: disk.directory,
    environment: { REDIS_URL: redis.path, RETENTION_DAYS: String(DAYS), DELIVERY_POLL_SECONDS: "1" },
  });
});
afterAll(async () => {
  await instance.stop();
  await redis.remove();
  await disk.remove();
});

const readiness = async (): Promise<number> => (await fetch(`http://127.0.0.1:${instance.server.port}/readyz`)).status;

test("a full disk makes the server unready and fails `doctor`; with room again it works on by itself", async () => {
  expect(await readiness()).toBe(200);
  await disk.fill();
  expect(await readiness()).toBe(503);
  expect((await fetch(`http://127.0.0.1:${instance.server.port}/healthz`)).status).toBe(200);
  const examined = await runCommand(["doctor"], instance.environment);
  expect(examined.out).toMatch(/^FAIL {2}disk +0\.0 GiB free for .*\n +→ make room on that disk/m);
  expect(examined.code).toBe(1);
  await disk.free();
  expect(await readiness()).toBe(200);
  const scene = await story.openScene(instance);
  await story.untilPlan(instance, scene);
});

test("what is over for longer than RETENTION_DAYS goes with its file, and so do artifacts that no fact names", async () => {
  const swept = await eventually(
    "the sweep",
    () => instance.server.log.find((line) => line.includes('"retention.swept"')),
    90_000,
  );
  expect(JSON.parse(swept)).toMatchObject({ runs: 1, files: 1, artifacts: 1 });
  expect(await instance.journal.find(old)).toBeNull();
  expect(filesOf(old)).toEqual([]);
  await expect(openArtifacts(join(disk.directory, "artifacts")).get(digestOf(ORPHAN))).rejects.toMatchObject({
    code: "artifact_missing",
  });
  const [young] = await instance.journal.runs({ limit: 10 });
  expect(filesOf(young?.run ?? old)).toHaveLength(1);
});
