import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf } from "../../src/core/digest.ts";
import { openJournal } from "../../src/journal/journal.ts";
import { createDockerSandbox } from "../../src/sandbox/docker.ts";
import { REGISTRIES, SANDBOX_IMAGE } from "./docker.ts";
import { startGithub } from "./github/server.ts";
import { API_KEY, type Environment, environmentFor, type Instance, type Server, startServer } from "./instance.ts";
import { type Postgres, startPostgres } from "./postgres.ts";
import { type PrivateRedis, startPrivateRedis } from "./redis.ts";
import type { Script } from "./scripted-model/script.ts";
import { startScriptedModel } from "./scripted-model/server.ts";

/*
 * Hosts that share a database in PostgreSQL, a Redis and a store of artifacts, and nothing else: each has a data directory of its own, empty
 * at its start.
 */

export interface Host {
  readonly dataDir: string;
  readonly process: Server;
}

export interface Hosts {
  readonly postgres: Postgres;
  readonly redis: PrivateRedis;
  /** Holds the hosts' data directories and the shared artifacts. */
  readonly room: string;
  /** What every host is told; the rest is its DATA_DIR. */
  readonly shared: Environment;
  /** For the stories. It has no server of its own: its environment is that of a terminal on a further host. */
  readonly instance: Instance;
  /** Started so far, oldest first. */
  readonly all: readonly Host[];
  /** Deliveries go to the `web` or `serve` that was started last. */
  start(name: string, command: "web" | "work" | "serve", more?: Environment): Promise<Host>;
  stop(): Promise<void>;
}

/** What a host that died for good leaves on the engine; a host that comes back removes it itself. */
async function removeSandboxes({ dataDir }: Host): Promise<void> {
  const sandbox = createDockerSandbox({
    image: SANDBOX_IMAGE,
    instance: digestOf(dataDir).slice(0, 12),
    dataDir,
    registries: REGISTRIES,
  });
  await sandbox.sweep(() => false);
  await sandbox.close();
}

const nobody = async (): Promise<void> => {};

export async function openHosts({
  script,
  environment,
}: {
  script: Script;
  environment?: Environment;
}): Promise<Hosts> {
  const room = await mkdtemp(join(tmpdir(), "jh-"));
  const [github, model, postgres, redis] = await Promise.all([
    startGithub(),
    startScriptedModel({ script, apiKey: API_KEY }),
    startPostgres(),
    startPrivateRedis(),
  ]);
  const url = await postgres.createDatabase();
  const shared = { DATABASE_URL: url, REDIS_URL: redis.path, ARTIFACTS_URL: join(room, "artifacts"), ...environment };
  const instance: Instance = {
    github,
    model,
    dataDir: room,
    environment: { ...environmentFor(github, model, join(room, "terminal")), ...shared },
    server: { pid: 0, port: 0, log: [], kill: nobody, stop: nobody },
    journal: await openJournal({ url }),
    restart: nobody,
    stop: nobody,
  };
  const all: Host[] = [];
  return {
    postgres,
    redis,
    room,
    shared,
    instance,
    all,
    async start(name, command, more = {}) {
      const dataDir = join(room, name);
      const process = await startServer({ ...instance.environment, ...more, DATA_DIR: dataDir }, command);
      if (command !== "work") github.webhooks.url = `http://127.0.0.1:${process.port}/api/github/webhooks`;
      const host = { dataDir, process };
      all.push(host);
      return host;
    },
    async stop() {
      for (const { process } of all) await process.stop();
      for (const host of all) await removeSandboxes(host);
      await instance.journal.close();
      await Promise.all([model.close(), github.stop(), redis.remove(), postgres.stop()]);
      await rm(room, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
