import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { inject } from "vitest";
import { openJournal } from "../../../src/journal/journal.ts";
import type { Journal } from "../../../src/ports/journal.ts";
import { canaries, type CanaryNames } from "../../support/faults/canaries.ts";
import { type FaultProcess, startProcess } from "../../support/faults/process.ts";
import { type Github, startGithub } from "../../support/github/server.ts";
import { API_KEY, type Environment, environmentFor } from "../../support/instance.ts";
import { containersOf } from "../../support/leftovers.ts";
import { type PrivateRedis, startPrivateRedis } from "../../support/redis.ts";
import type { Script } from "../../support/scripted-model/script.ts";
import { type ScriptedModel, startScriptedModel } from "../../support/scripted-model/server.ts";
import { removeWithMounts } from "../matrix/disk.ts";
import { type Line, openLine } from "../matrix/line.ts";

/* One web process and some workers on one data directory, everything between them and the outside on lines that can be cut. */

export interface Fleet {
  readonly github: Github;
  readonly model: ScriptedModel;
  readonly redis: PrivateRedis;
  readonly journal: Journal;
  readonly dataDir: string;
  readonly environment: Environment;
  readonly canaries: Readonly<Record<CanaryNames, string>>;
  readonly lines: { readonly github: Line; readonly model: Line; readonly web: Line };
  readonly workers: number;
  /** Every process so far, dead ones included. */
  readonly processes: readonly FaultProcess[];
  /** SIGKILL of one worker, and another in its place. */
  replaceWorker(place: number): Promise<void>;
  replaceWeb(): Promise<void>;
  close(): Promise<void>;
}

export interface FleetWish {
  readonly script: Script;
  readonly workers: number;
  /** Runs that a worker drives at a time. */
  readonly concurrency: number;
}

const START_TRIES = 20;

export const docker = async (words: readonly string[]): Promise<void> =>
  void (await promisify(execFile)("docker", [...words]).catch(() => {}));

async function openLines(github: Github, model: ScriptedModel): Promise<Fleet["lines"]> {
  const portOf = (url: string): number => Number(new URL(url).port);
  return {
    github: await openLine(portOf(github.url)),
    model: await openLine(portOf(model.url)),
    web: await openLine(),
  };
}

/** Redis may be away at this very moment: a supervisor starts the process again, as we do. */
async function start(environment: Environment, command: "web" | "work"): Promise<FaultProcess> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await startProcess(inject("program"), environment, command);
    } catch (thrown) {
      if (tries === START_TRIES) throw thrown;
      await sleep(500);
    }
  }
}

export async function openFleet({ script, workers, concurrency }: FleetWish): Promise<Fleet> {
  const [github, redis] = await Promise.all([startGithub(), startPrivateRedis()]);
  const model = await startScriptedModel({ script, apiKey: API_KEY });
  const dataDir = await mkdtemp(join(tmpdir(), "chaos-"));
  const lines = await openLines(github, model);
  const secrets = canaries(github, API_KEY, null);
  const environment = {
    ...environmentFor(github, model, dataDir),
    ...secrets.environment,
    GHE_HOST: `127.0.0.1:${lines.github.port}`,
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${lines.model.port}`,
    REDIS_URL: redis.path,
    WORKER_CONCURRENCY: String(concurrency),
    NODE_COMPILE_CACHE: join(inject("program"), "../compiled"),
    JOURNEYMAN_TIMINGS: "parkMs=1000,watchMs=500",
    DAY_BUDGET_USD: "1000",
  };
  const processes: FaultProcess[] = [];
  const begin = async (command: "web" | "work"): Promise<FaultProcess> => {
    const started = await start(environment, command);
    processes.push(started);
    if (command === "web") lines.web.target = started.port;
    return started;
  };
  let web = await begin("web");
  github.webhooks.url = `http://127.0.0.1:${lines.web.port}/api/github/webhooks`;
  const working = await Promise.all(Array.from({ length: workers }, () => begin("work")));
  const journal = await openJournal({ file: join(dataDir, "journal.sqlite") });
  return {
    github,
    model,
    redis,
    journal,
    dataDir,
    environment,
    canaries: secrets.values,
    lines,
    workers,
    processes,
    async replaceWorker(place) {
      working[place]?.signal("SIGKILL");
      await working[place]?.ended;
      working[place] = await begin("work");
    },
    async replaceWeb() {
      web.signal("SIGKILL");
      await web.ended;
      web = await begin("web");
    },
    async close() {
      for (const process of processes) process.signal("SIGKILL");
      await Promise.all(processes.map(({ ended }) => ended));
      for (const name of await containersOf({ dataDir })) await docker(["rm", "--force", "--volumes", name]);
      await journal.close();
      await model.close();
      await github.stop();
      await Promise.all([lines.github, lines.model, lines.web].map((line) => line.close()));
      await redis.remove();
      await removeWithMounts(dataDir);
    },
  };
}
