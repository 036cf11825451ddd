import { ok } from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { RunState } from "../../src/core/state.ts";
import { fold } from "../../src/core/evolve.ts";
import { openJournal } from "../../src/journal/journal.ts";
import type { Journal, RunRow } from "../../src/ports/journal.ts";
import { startLocalRedis } from "../../src/queue/local-redis.ts";
import { type Github, startGithub } from "./github/server.ts";
import type { Script } from "./scripted-model/script.ts";
import { type ScriptedModel, startScriptedModel } from "./scripted-model/server.ts";

/*
 * The whole product on one machine: the simulator of GitHub, the scripted model, and the real server as a process of its own with
 * its own Redis, journal and Docker sandboxes.
 */

const MAIN = new URL("../../src/app/main.ts", import.meta.url).pathname;

export interface Server {
  readonly pid: number;
  readonly port: number;
  /** Log lines so far, parsed where they are JSON. */
  readonly log: readonly string[];
  /** SIGKILL: nothing is tidied up. */
  kill(): Promise<void>;
  /** SIGTERM, and waits until it has ended. */
  stop(): Promise<void>;
  /** Its exit code, once it has ended; null after a signal. */
  readonly ended?: Promise<number | null>;
}

export type Environment = Readonly<Record<string, string>>;

/** Starts a program of ours and waits until its web side listens. */
export async function startServer(environment: Environment, command = "serve"): Promise<Server> {
  const child = spawn(process.execPath, [MAIN, command], {
    env: environment,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const log: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  createInterface({ input: child.stderr }).on("line", (line) => {
    log.push(line);
    const port = /"port":(\d+).*"web\.listening"/.exec(line)?.[1];
    if (port !== undefined) resolve(Number(port));
    if (command === "work" && line.includes('"worker.started"')) resolve(0);
  });
  child.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${log.slice(-5).join("\n")}`)));
  const ended = once(child, "exit").then(([code]: (number | null)[]) => code ?? null);
  const port = await promise;
  return {
    ended,
    pid: child.pid ?? 0,
    port,
    log,
    kill: () => end(child, "SIGKILL"),
    stop: () => end(child, "SIGTERM"),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

export interface Instance {
  readonly github: Github;
  readonly model: ScriptedModel;
  readonly dataDir: string;
  readonly environment: Environment;
  server: Server;
  /** The journal, opened beside the server. */
  readonly journal: Journal;
  /** Starts the server again after `kill` or `stop`, and tells the simulator where it is. */
  restart(more?: Environment): Promise<void>;
  stop(): Promise<void>;
}

export const API_KEY = "sk-scripted-model-key-0123456789";

export function environmentFor(github: Github, model: ScriptedModel, dataDir: string): Environment {
  const { PATH = "", HOME = "/root", NODE_EXTRA_CA_CERTS } = process.env;
  return {
    PATH,
    HOME,
    ...(NODE_EXTRA_CA_CERTS !== undefined && { NODE_EXTRA_CA_CERTS }),
    NODE_ENV: "production",
    APP_ID: String(github.app.id),
    PRIVATE_KEY: github.app.privateKey,
    WEBHOOK_SECRET: github.app.webhookSecret,
    GHE_HOST: github.host,
    GHE_PROTOCOL: "http",
    PORT: "0",
    ANTHROPIC_API_KEY: API_KEY,
    ANTHROPIC_BASE_URL: model.url,
    DATA_DIR: dataDir,
    LOG_LEVEL: "info",
  };
}

export interface InstanceOptions {
  readonly script: Script;
  readonly environment?: Environment;
  /** Kept at the end; without it a temporary one, removed at the end. */
  readonly dataDir?: string;
}

export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const github = await startGithub();
  const model = await startScriptedModel({ script: options.script, apiKey: API_KEY });
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "journeyman-")));
  const environment = { ...environmentFor(github, model, dataDir), ...options.environment };
  const server = await startServer(environment);
  const journal = await openJournal({ file: join(dataDir, "journal.sqlite") });
  const meet = (running: Server): void => {
    github.webhooks.url = `http://127.0.0.1:${running.port}/api/github/webhooks`;
  };
  meet(server);
  const instance: Instance = {
    github,
    model,
    dataDir,
    environment,
    server,
    journal,
    async restart(more = {}) {
      instance.server = await startServer({ ...environment, ...more });
      meet(instance.server);
    },
    async stop() {
      await instance.server.stop();
      await stopOrphanedRedis(dataDir);
      await journal.close();
      await model.close();
      await github.stop();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  return instance;
}

/** A server that was killed leaves its Redis behind, which the next one adopts but does not stop. */
async function stopOrphanedRedis(dataDir: string): Promise<void> {
  const redis = await startLocalRedis({ directory: join(dataDir, "redis"), searchPath: process.env["PATH"] ?? "" });
  process.kill(redis.pid, "SIGTERM");
}

/** Waits until the look gives something; fails with what it was waiting for. */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
  timeoutMs = 60_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    ok(Date.now() < deadline, `waited ${timeoutMs} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Every run of the instance, oldest first. */
export const runsOf = async (instance: Instance): Promise<RunRow[]> =>
  (await instance.journal.runs({ limit: 1_000 })).toReversed();

/** The state of the newest run. */
export async function latestState(instance: Instance): Promise<RunState | null> {
  const row = (await runsOf(instance)).at(-1);
  return row === undefined ? null : fold(row.run, await instance.journal.load(row.run));
}
