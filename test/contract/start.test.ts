import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../support/source.ts";

/* What a program loads before it does its work: a look at the journal waits for no driver. */

const DRIVERS =
  /node_modules\/(?:dockerode|@octokit\/|probot|bullmq|ioredis|@anthropic-ai\/|openai|@opentelemetry\/|prom-client)/;

let room: string;
beforeAll(async () => {
  room = await mkdtemp(join(tmpdir(), "journeyman-start-"));
});
afterAll(() => rm(room, { recursive: true, force: true }));

async function loadedBy(words: readonly string[]): Promise<readonly string[]> {
  const list = join(room, "loaded");
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, DATA_DIR: room, LOADED_MODULES: list };
  const hook = join(ROOT, "test/support/loaded-modules.ts");
  const argv = ["--import", hook, join(ROOT, "src/app/main.ts"), ...words];
  await new Promise((resolve) => execFile(process.execPath, argv, { env }, resolve));
  return (await readFile(list, "utf8")).split("\n");
}

test.each([[["--version"]], [["runs"]], [["show", "00000000"]], [["serve"]]])(
  "%j without anything configured loads no driver",
  async (words) => {
    const loaded = await loadedBy(words);
    expect(loaded.some((url) => url.includes("node_modules/commander"))).toBe(true);
    expect(loaded.filter((url) => DRIVERS.test(url))).toEqual([]);
  },
);

test("the list of modules is a true one: a program that asks the model loads its package", async () => {
  expect((await loadedBy(["doctor"])).filter((url) => DRIVERS.test(url)).length).toBeGreaterThan(10);
});
