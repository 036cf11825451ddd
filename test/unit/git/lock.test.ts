import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createLocks } from "../../../src/git/lock.ts";

const fresh = () => join(mkdtempSync(join(tmpdir(), "lock-")), "a.lock");
const never = new AbortController().signal;

test("one at a time, within a process and over two that share the folder", async () => {
  const path = fresh();
  const [one, two] = [createLocks(), createLocks()];
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await sleep(5);
    inside--;
  };
  await Promise.all([one, two, one, two, one].map((lock) => lock(path, never, work)));
  expect(most).toBe(1);
  expect(existsSync(path)).toBe(false);
});

test("work that fails gives the lock back and its failure to its caller only", async () => {
  const path = fresh();
  const lock = createLocks();
  const failing = lock(path, never, () => Promise.reject(new RangeError("no")));
  const next = lock(path, never, () => Promise.resolve(7));
  await expect(failing).rejects.toThrow(RangeError);
  expect(await next).toBe(7);
});

test("a lock left by a dead process is taken over", async () => {
  const path = fresh();
  const { pid } = spawnSync("true");
  writeFileSync(path, `${pid} ${hostname()}\n`);
  expect(await createLocks()(path, never, () => Promise.resolve("in"))).toBe("in");
});

test("a lock of another host is taken over only when its holder has gone silent", async () => {
  const path = fresh();
  writeFileSync(path, "1 some-other-host\n");
  await expect(createLocks()(path, AbortSignal.timeout(300), () => Promise.resolve())).rejects.toThrow();
  const longAgo = new Date(Date.now() - 120_000);
  utimesSync(path, longAgo, longAgo);
  expect(await createLocks()(path, never, () => Promise.resolve("in"))).toBe("in");
});
