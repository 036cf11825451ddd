import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { constants } from "node:fs";
import { access, lstat, mkdir } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { JourneymanError } from "../core/errors.ts";

/*
 * A Redis of our own for one host: started on a unix socket in the data directory when no REDIS_URL is given.
 * 1. One server per directory. Whoever finds the socket answering uses that server; only the one who started it stops it.
 * 2. Looking and starting happen under a lock that the kernel frees when its holder dies, so two programs cannot both start one.
 */

export interface LocalRedis {
  /** The unix socket. */
  readonly path: string;
  readonly pid: number;
  /** Stops the server if this call started it; else does nothing. */
  stop(): Promise<void>;
}

const BINARIES = ["redis-server", "valkey-server"];
/** `sun_path` is 108 bytes on Linux and 104 elsewhere, the closing NUL included. */
const MAX_SOCKET_PATH = 103;
/** An append-only file of any size the queue can have is loaded by then. */
const START_MS = 30_000;
const STOP_MS = 5_000;

async function findServer(searchPath: string): Promise<string> {
  for (const binary of BINARIES) {
    for (const folder of searchPath.split(delimiter).filter((entry) => entry !== "")) {
      const file = join(folder, binary);
      const runnable = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (runnable) return file;
    }
  }
  throw new JourneymanError("redis_missing");
}

/** The socket in the data directory, or, where that path is too long for a socket, in a folder of the temporary directory only we can enter. */
async function socketOf(directory: string): Promise<string> {
  const near = join(directory, "redis.sock");
  if (Buffer.byteLength(near) <= MAX_SOCKET_PATH) return near;
  const hash = createHash("sha256").update(directory).digest("hex").slice(0, 16);
  const folder = join(tmpdir(), `journeyman-${hash}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== userInfo().uid || (found.mode & 0o077) !== 0) {
    throw new JourneymanError("storage_unavailable", { reason: `${folder} belongs to someone else` });
  }
  return join(folder, "redis.sock");
}

/** Runs `work` while no other process does for this directory. The lock is SQLite's: it ends with the process that holds it. */
async function alone<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const lock = new DatabaseSync(join(directory, "start.lock"), { timeout: 0 });
  try {
    for (const until = Date.now() + START_MS; ; await sleep(20)) {
      try {
        lock.exec("begin exclusive");
        break;
      } catch (error) {
        if (Date.now() > until) throw error;
      }
    }
    return await work();
  } finally {
    lock.close();
  }
}

/** The process id of the server behind the socket; null when nothing listens, "busy" while it loads its data. */
async function ask(path: string): Promise<number | "busy" | null> {
  const client = new Redis(path, {
    lazyConnect: true,
    retryStrategy: () => null,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 1_000,
    commandTimeout: 1_000,
  });
  // The rejections below say the same.
  client.on("error", () => {});
  try {
    await client.connect();
  } catch {
    return null;
  }
  try {
    await client.ping();
    return Number(/^process_id:(\d+)/m.exec(await client.info("server"))?.[1] ?? 0);
  } catch {
    return "busy";
  } finally {
    client.disconnect();
  }
}

/** Asks until the server answers; null when nothing listens and `gone` says that nothing will. */
async function waitForAnswer(path: string, gone: () => boolean): Promise<number | null> {
  for (const until = Date.now() + START_MS; Date.now() < until; await sleep(20)) {
    const pid = await ask(path);
    if (typeof pid === "number") return pid;
    if (pid === null && gone()) return null;
  }
  throw new JourneymanError("redis_unreachable", { address: path });
}

function start(binary: string, directory: string, socket: string): ChildProcess {
  const settings = {
    port: "0",
    unixsocket: socket,
    unixsocketperm: "700",
    dir: directory,
    appendonly: "yes",
    appendfsync: "everysec",
    save: "",
    "maxmemory-policy": "noeviction",
    logfile: join(directory, "redis.log"),
    daemonize: "no",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  // A process group of its own: Ctrl-C in a terminal must not stop it while the program still hands its work over.
  return spawn(binary, [...options, "--rename-command", "FLUSHALL", ""], { detached: true, stdio: "ignore", env: {} });
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await ended;
  clearTimeout(timer);
}

async function startOwn(binary: string, directory: string, socket: string): Promise<LocalRedis> {
  const child = start(binary, directory, socket);
  const failed = once(child, "error").then(([error]) => error as unknown);
  child.unref();
  const gone = () => child.pid === undefined || hasEnded(child);
  const pid = await waitForAnswer(socket, gone).catch(async (error: unknown) => {
    await stop(child);
    throw error;
  });
  if (pid === null) {
    const cause = child.pid === undefined ? await failed : `see ${join(directory, "redis.log")}`;
    throw new JourneymanError("redis_unreachable", { address: socket }, { cause });
  }
  return { path: socket, pid, stop: () => stop(child) };
}

/**
 * The Redis of a directory: the one that runs there already, or a new one. Jobs survive its restart (append-only file).
 * @param options.searchPath directories to look for `redis-server` or `valkey-server` in, separated as in PATH
 * Throws `redis_missing`, `redis_unreachable` and `storage_unavailable`.
 */
export async function startLocalRedis(options: {
  readonly directory: string;
  readonly searchPath: string;
}): Promise<LocalRedis> {
  const directory = resolve(options.directory);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const socket = await socketOf(directory);
  return alone(directory, async () => {
    const running = await waitForAnswer(socket, () => true);
    if (running !== null) return { path: socket, pid: running, stop: async () => {} };
    return startOwn(await findServer(options.searchPath), directory, socket);
  });
}
