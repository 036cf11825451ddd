import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { openJournal } from "../../../src/journal/journal.ts";
import { canaries, type CanaryNames } from "../../support/faults/canaries.ts";
import { type FaultProcess, startProcess } from "../../support/faults/process.ts";
import { startGithub } from "../../support/github/server.ts";
import { API_KEY, environmentFor, type Environment, type Instance, type Server } from "../../support/instance.ts";
import { type PrivateRedis, startPrivateRedis } from "../../support/redis.ts";
import type { Script } from "../../support/scripted-model/script.ts";
import { startScriptedModel } from "../../support/scripted-model/server.ts";
import { removeWithMounts } from "./disk.ts";
import { type Line, openLine } from "./line.ts";

/*
 * The whole product for one cell: everything that can break is its own, and everything between it and the outside can be cut.
 */

export interface Bench extends Instance {
  readonly redis: PrivateRedis;
  /** Between the server and GitHub, the server and the model, GitHub and the server. */
  readonly lines: { readonly github: Line; readonly model: Line; readonly web: Line };
  readonly canaries: Readonly<Record<CanaryNames, string>>;
  /** Every server of this bench. */
  readonly processes: readonly FaultProcess[];
  /** Log lines of all of them. */
  logs(): readonly string[];
  /** Waits until the server has stopped itself at its failpoint. */
  untilFrozen(): Promise<void>;
  thaw(): void;
  /** Waits until the server has killed itself at its failpoint. */
  untilDead(): Promise<void>;
}

export interface BenchWish {
  readonly script: Script;
  /** As `JOURNEYMAN_FAILPOINT`; forgotten when the server is started again. */
  readonly failpoint?: string;
  readonly dataDir?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Waits of many seconds, as one. The lease stays as it is: a machine under load pauses for long. */
const TIMINGS = "parkMs=1000,statusMs=200,watchMs=200";

/** A process of the bundled program, as an instance has its server. */
interface Running extends Server {
  readonly process: FaultProcess;
}

async function run(environment: Environment): Promise<Running> {
  const process = await startProcess(inject("program"), environment);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    process.signal(signal);
    await process.ended;
  };
  const { pid, port, log } = process;
  return { process, pid, port, log, kill: () => end("SIGKILL"), stop: () => end("SIGTERM") };
}

async function openLines(targets: { readonly github: string; readonly model: string }): Promise<Bench["lines"]> {
  const portOf = (url: string): number => Number(new URL(url).port);
  const [github, model, web] = await Promise.all([
    openLine(portOf(`http://${targets.github}`)),
    openLine(portOf(targets.model)),
    openLine(),
  ]);
  return { github, model, web };
}

export async function openBench(wish: BenchWish): Promise<Bench> {
  const [github, redis] = await Promise.all([startGithub(), startPrivateRedis()]);
  const model = await startScriptedModel({ script: wish.script, apiKey: API_KEY });
  const dataDir = wish.dataDir ?? (await mkdtemp(join(tmpdir(), "journeyman-")));
  const lines = await openLines({ github: github.host, model: model.url });
  const secrets = canaries(github, API_KEY, null);
  const environment = {
    ...environmentFor(github, model, dataDir),
    ...secrets.environment,
    GHE_HOST: `127.0.0.1:${lines.github.port}`,
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${lines.model.port}`,
    REDIS_URL: redis.path,
    NODE_COMPILE_CACHE: join(inject("program"), "../compiled"),
    JOURNEYMAN_TIMINGS: TIMINGS,
    ...wish.environment,
  };
  const first = { ...environment, ...(wish.failpoint !== undefined && { JOURNEYMAN_FAILPOINT: wish.failpoint }) };
  let running = await run(first);
  const processes = [running.process];
  const journal = await openJournal({ file: join(dataDir, "journal.sqlite") });
  lines.web.target = running.port;
  github.webhooks.url = `http://127.0.0.1:${lines.web.port}/api/github/webhooks`;
  const bench: Bench = {
    github,
    model,
    dataDir,
    environment,
    server: running,
    journal,
    redis,
    lines,
    canaries: secrets.values,
    processes,
    logs: () => processes.flatMap(({ log }) => log),
    untilFrozen: () => running.process.untilStopped(),
    thaw: () => running.process.signal("SIGCONT"),
    untilDead: async () => void (await running.process.ended),
    async restart(more = {}) {
      running = await run({ ...environment, ...more });
      processes.push(running.process);
      bench.server = running;
      lines.web.target = bench.server.port;
    },
    async stop() {
      bench.thaw();
      await bench.server.stop();
      await journal.close();
      await model.close();
      await github.stop();
      await Promise.all(Object.values(lines).map((line: Line) => line.close()));
      await redis.remove();
      if (wish.dataDir === undefined) await removeWithMounts(dataDir);
    },
  };
  return bench;
}
