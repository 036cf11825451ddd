import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startLocalRedis, type LocalRedis } from "../../../src/queue/local-redis.ts";
import { openQueue } from "../../../src/queue/queue.ts";
import { newRun, takeAll, until } from "./kit.ts";

const SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin";
const log = { warn: () => {} };

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** The Redis that a program starts for itself. */
export function localRules(): void {
  let directory = "";
  const started: LocalRedis[] = [];
  const start = async (folder = join(directory, "redis"), searchPath = SEARCH_PATH): Promise<LocalRedis> => {
    const local = await startLocalRedis({ directory: folder, searchPath });
    started.push(local);
    return local;
  };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "journeyman-local-"));
  });
  afterEach(async () => {
    for (const local of started.splice(0)) await local.stop();
    await rm(directory, { recursive: true });
  });

  it("carries wakes, passes the check, and lies on a socket only", async () => {
    const local = await start();
    const queue = await openQueue({ connection: { path: local.path }, log });
    await queue.check();
    const taken = await takeAll(queue);
    await queue.wake(newRun(), 1);
    await until(() => taken.length === 1);
    await queue.close(100);
  });

  it("wakes survive its stop and the next start", async () => {
    const first = await start();
    const sender = await openQueue({ connection: { path: first.path }, log });
    const run = newRun();
    await sender.wake(run, 1);
    await sender.close(0);
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);
    const second = await start();
    expect(second.pid).not.toBe(first.pid);
    const queue = await openQueue({ connection: { path: second.path }, log });
    const taken = await takeAll(queue);
    await until(() => taken.length === 1);
    expect(taken[0]?.run).toBe(run);
    await queue.close(100);
  });

  it("of many programs on one directory one starts it, the others use it and leave it running", async () => {
    const locals = await Promise.all(Array.from({ length: 4 }, () => start()));
    expect(new Set(locals.map((local) => local.pid)).size).toBe(1);
    expect(new Set(locals.map((local) => local.path)).size).toBe(1);
    const [pid] = locals.map((local) => local.pid);
    const late = await start();
    await late.stop();
    expect(isAlive(pid ?? 0)).toBe(true);
    for (const local of locals) await local.stop();
    expect(isAlive(pid ?? 0)).toBe(false);
  });

  it("a socket and a server that died are replaced", async () => {
    const first = await start();
    process.kill(first.pid, "SIGKILL");
    await until(() => !isAlive(first.pid));
    expect((await start()).pid).not.toBe(first.pid);
  });

  it("a directory too deep for a socket's path gets a short one, the same for everyone", async () => {
    const deep = join(directory, "d".repeat(60), "e".repeat(60));
    const [one, two] = [await start(deep), await start(deep)];
    expect(Buffer.byteLength(one.path)).toBeLessThan(104);
    expect(two).toMatchObject({ path: one.path, pid: one.pid });
    await one.stop();
    await rm(dirname(one.path), { recursive: true });
  });

  it("no server program is redis_missing", async () => {
    await expect(start(join(directory, "redis"), directory)).rejects.toMatchObject({ code: "redis_missing" });
  });

  it("a server that cannot start is told at once", async () => {
    const programs = join(directory, "bin");
    await mkdir(programs);
    await writeFile(join(programs, "redis-server"), "#!/bin/sh\nexit 3\n");
    await chmod(join(programs, "redis-server"), 0o755);
    await expect(start(join(directory, "redis"), programs)).rejects.toMatchObject({ code: "redis_unreachable" });
  });
}
