import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";

/** A real Redis of a test's own, on a unix socket, with an append-only file. */
export interface PrivateRedis {
  readonly path: string;
  /** SIGKILL, as a crash would. Its data stays. */
  kill(): Promise<void>;
  /** Starts it again on the same data. */
  restart(): Promise<void>;
  /** SIGSTOP and SIGCONT: a server that accepts and never answers. */
  freeze(): void;
  thaw(): void;
  /** Runs one command, such as `["FLUSHALL"]`. */
  command(words: readonly [string, ...string[]]): Promise<unknown>;
  remove(): Promise<void>;
}

async function answers(path: string): Promise<boolean> {
  const client = new Redis(path, { lazyConnect: true, retryStrategy: () => null });
  client.on("error", () => {});
  try {
    await client.connect();
    return (await client.ping()) === "PONG";
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}

async function launch(directory: string, path: string, policy: string): Promise<ChildProcess> {
  const settings = ["--port", "0", "--unixsocket", path, "--dir", directory, "--appendonly", "yes", "--save", ""];
  const child = spawn("redis-server", [...settings, "--maxmemory-policy", policy], { stdio: "ignore" });
  while (!(await answers(path))) await sleep(10);
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

export async function startPrivateRedis(policy = "noeviction"): Promise<PrivateRedis> {
  const directory = await mkdtemp(join(tmpdir(), "journeyman-redis-"));
  const path = join(directory, "redis.sock");
  let child = await launch(directory, path, policy);
  return {
    path,
    kill: () => end(child),
    async restart() {
      child = await launch(directory, path, policy);
    },
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
    async command([name, ...words]) {
      const client = new Redis(path);
      try {
        return await client.call(name, ...words);
      } finally {
        client.disconnect();
      }
    },
    async remove() {
      await end(child);
      await rm(directory, { recursive: true });
    },
  };
}
