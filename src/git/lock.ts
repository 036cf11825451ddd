import { randomUUID } from "node:crypto";
import { open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/*
 * One holder of a name at a time, over all processes that share a directory. The lock is a file; its holder touches it, so
 * that one left behind by a dead process is taken over. Within a process, callers queue first and then compete as one.
 */

const BEAT_MS = 5000;
const STALE_MS = 60_000;
const RETRY_MS = 100;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
};

async function tryCreate(path: string): Promise<boolean> {
  try {
    const file = await open(path, "wx", 0o600);
    await file.writeFile(`${process.pid} ${hostname()}\n`);
    await file.close();
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

async function isStale(path: string): Promise<boolean> {
  try {
    const [pid = "", host = ""] = (await readFile(path, "utf8")).trim().split(" ");
    if (host === hostname() && /^\d+$/.test(pid) && !isAlive(Number(pid))) return true;
    return Date.now() - (await stat(path)).mtimeMs > STALE_MS;
  } catch {
    return false; // Released in between.
  }
}

/** Moves a stale lock aside; of several processes that try, the rename lets one win. */
async function breakLock(path: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  await rename(path, aside).catch(() => {});
  await rm(aside, { force: true });
}

async function acquire(path: string, signal: AbortSignal): Promise<void> {
  while (!(await tryCreate(path))) {
    if (await isStale(path)) await breakLock(path);
    else await sleep(RETRY_MS, undefined, { signal });
  }
}

async function withFile<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  await acquire(path, signal);
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await rm(path, { force: true });
  }
}

/** Makes a function that runs `work` alone among all that use the same lock file. */
export function createLocks(): <T>(path: string, signal: AbortSignal, work: () => Promise<T>) => Promise<T> {
  const tails = new Map<string, Promise<unknown>>();
  return async (path, signal, work) => {
    const before = tails.get(path) ?? Promise.resolve();
    const mine = before.catch(() => {}).then(() => withFile(path, signal, work));
    tails.set(path, mine);
    try {
      return await mine;
    } finally {
      if (tails.get(path) === mine) tails.delete(path);
    }
  };
}
