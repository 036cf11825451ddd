import { ok } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inject } from "vitest";
import { composeJournal } from "../../../src/app/storage.ts";
import { Storage } from "../../../src/app/storage-config.ts";
import { asJourneymanError } from "../../../src/core/errors.ts";
import { evolve, fold } from "../../../src/core/evolve.ts";
import type { StoredEvent } from "../../../src/core/events.ts";
import type { RunId } from "../../../src/core/ids.ts";
import type { RunState } from "../../../src/core/state.ts";
import { type Github, startGithub } from "../github/server.ts";
import type { IssueHandle, RepositoryHandle } from "../github/people.ts";
import { eventually } from "../instance.ts";
import { type Postgres, startPostgres } from "../postgres.ts";
import { type ScriptedModel, startScriptedModel } from "../scripted-model/server.ts";
import { canaries } from "./canaries.ts";
import { removeSandboxes, stopRedis } from "./clear.ts";
import { inspected } from "./engine.ts";
import type { FaultRun, OpenOptions, Store } from "./fault-run.ts";
import { type FaultProcess, startProcess } from "./process.ts";
import { FILES, ISSUE, sceneScript } from "./scene.ts";

/*
 * How a fault suite runs the product. In short:
 *
 *   const rig = await startRig("sqlite");                    // or "postgres"; once a file, `await rig.close()` at its end
 *   const run = await rig.open();                            // a GitHub, a model, a data directory and a Redis of its own
 *   const first = await run.start("append.after:model.responded#3=kill");   // a real `serve`, which will die there
 *   run.begin();                                             // the label; the plan is approved as soon as it is there
 *   await run.untilKilled(first);                            // fails when the point is never reached
 *   await run.start();                                       // deliveries that were lost meanwhile are sent again
 *   await run.untilOver();
 *   await assertSound(run, { kills: 1 });                    // oracle.ts
 *   await run.close();                                       // or `await using run = …`
 *
 * Runs share nothing but the machine, the Docker engine and the PostgreSQL server (a database each), so any number may be under way at once:
 * `test.concurrent`; how many is `maxConcurrency` of the project. A dead worker's lease is 6 s: waiting costs no processor.
 */

export interface Rig {
  readonly store: Store;
  open(options?: OpenOptions): Promise<FaultRun>;
  close(): Promise<void>;
}

const OVER_MS = 180_000;
const LOOK_MS = 150;
const READS = 60;

function environmentFor(github: Github, model: ScriptedModel, dataDir: string): Record<string, string> {
  const { PATH = "", HOME = "/root", NODE_EXTRA_CA_CERTS } = process.env;
  return {
    PATH,
    HOME,
    ...(NODE_EXTRA_CA_CERTS !== undefined && { NODE_EXTRA_CA_CERTS }),
    NODE_ENV: "production",
    NODE_COMPILE_CACHE: join(inject("program"), "../compiled"),
    APP_ID: String(github.app.id),
    PRIVATE_KEY: github.app.privateKey,
    WEBHOOK_SECRET: github.app.webhookSecret,
    GHE_HOST: github.host,
    GHE_PROTOCOL: "http",
    PORT: "0",
    ANTHROPIC_BASE_URL: model.url,
    DATA_DIR: dataDir,
    LOG_LEVEL: "info",
  };
}

/** A run is over for people when the status comment says so. */
function isOver(state: RunState): boolean {
  const { outcome, parked, restedAt, effects } = state;
  const rests = outcome !== null || (parked !== null && parked.resumeAt === null);
  return rests && (state.intake === null || (effects[`status.${restedAt}`] ?? null) !== null);
}

async function openIssue(github: Github): Promise<{ repository: RepositoryHandle; issue: IssueHandle }> {
  const repository = await github.repository({ name: "shop", files: FILES });
  github.user("maintainer");
  github.setPermission(repository, "maintainer", "write");
  github.user("reporter");
  github.setPermission(repository, "reporter", "read");
  return { repository, issue: github.openIssue({ repo: repository, user: "reporter", ...ISSUE }) };
}

/** What a delivery that found no server needs: to be sent again, as an operator would. */
function redeliverLost({ webhooks }: Github): void {
  const arrived = new Set(webhooks.deliveries.filter(({ status }) => status === "OK").map(({ guid }) => guid));
  const lost = new Set(webhooks.deliveries.map(({ guid }) => guid).filter((guid) => !arrived.has(guid)));
  for (const guid of lost) webhooks.redeliver(guid);
}

/** A look at a journal that others keep busy: what cannot be read for a moment is read a moment later. */
async function patiently<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read();
    } catch (thrown) {
      if (attempt === READS || asJourneymanError(thrown).code !== "storage_unavailable") throw thrown;
      await sleep(1_000);
    }
  }
}

async function openRun(store: Store, database: string | null, options: OpenOptions): Promise<FaultRun> {
  const apiKey = `sk-canary-${randomBytes(12).toString("hex")}`;
  const dataDir = await mkdtemp(join(tmpdir(), "jf-"));
  const [github, model] = await Promise.all([
    startGithub(),
    startScriptedModel({ script: options.script ?? sceneScript(), apiKey }),
  ]);
  const { repository, issue } = await openIssue(github);
  const secrets = canaries(github, apiKey, database);
  const environment = { ...environmentFor(github, model, dataDir), ...secrets.environment, ...options.environment };
  const journal = await composeJournal(Storage.parse(environment), { warn: () => {} });
  const processes: FaultProcess[] = [];
  const seenContainers: string[] = [];
  const over = new AbortController();
  let attending: Promise<unknown> = Promise.resolve();

  const id = async (): Promise<RunId | null> =>
    (await patiently(() => journal.runs({ limit: 10 }))).at(-1)?.run ?? null;
  const facts = async (): Promise<readonly StoredEvent[]> => {
    const run = await id();
    return run === null ? [] : patiently(() => journal.load(run));
  };

  const attend = async (): Promise<void> => {
    const command = await eventually(
      "the plan",
      () => {
        over.signal.throwIfAborted();
        const up = processes.at(-1)?.isAlive() === true;
        const bodies = github.comments(issue).map(({ body }) => body);
        // Not before the status says so: a faster person would make one effect fewer of it.
        const asked = bodies.some((body) => body.includes("## Journeyman: plan awaits approval"));
        return up && asked ? bodies.flatMap((body) => /\/approve [0-9a-f]{12}/.exec(body) ?? []).at(-1) : null;
      },
      OVER_MS,
    );
    github.comment(issue, "maintainer", command);
  };

  /** The state at the last look: only what came since is read, for runs are waited for side by side. */
  let folded: RunState | null = null;
  const look = async (): Promise<RunState | null> => {
    const known = folded?.run ?? (await id());
    if (known === null) return null;
    const before = folded ?? fold(known, []);
    folded = (await patiently(() => journal.load(known, before.facts))).reduce(evolve, before);
    return folded;
  };

  const untilOver = async (timeoutMs = OVER_MS): Promise<RunState> => {
    for (const until = Date.now() + timeoutMs; ; await sleep(LOOK_MS)) {
      const state = await look();
      if (state !== null && isOver(state)) return state;
      ok(Date.now() < until && !over.signal.aborted, `the run has not ended after ${timeoutMs} ms`);
    }
  };

  const run: FaultRun = {
    store,
    github,
    model,
    dataDir,
    journal,
    repository,
    issue,
    environment,
    canaries: secrets.values,
    processes,
    seenContainers,
    id,
    facts,
    untilOver,
    async start(failpoint, command = "serve") {
      const trap = failpoint === undefined ? {} : { JOURNEYMAN_FAILPOINT: failpoint };
      const started = await startProcess(inject("program"), { ...environment, ...trap }, command);
      processes.push(started);
      if (started.port > 0) github.webhooks.url = `http://127.0.0.1:${started.port}/api/github/webhooks`;
      redeliverLost(github);
      return started;
    },
    begin() {
      github.label(issue, "maintainer", "journeyman");
      attending = attend();
      attending.catch(() => {});
    },
    async untilKilled(process) {
      const ended = await Promise.race([process.ended, untilOver().then(() => null)]);
      ok(ended !== null, "the run came to its end: the failpoint was never reached");
      ok(ended.signal === "SIGKILL", `the server ended with ${ended.signal ?? ended.code}, not by SIGKILL`);
      seenContainers.push(await inspected(dataDir));
    },
    async untilFrozen(process) {
      const stopped = process.untilStopped().then(() => true);
      const reached = await Promise.race([stopped, untilOver().then(() => "over"), process.ended.then(() => "ended")]);
      // At the last point the run is over and the server stands still all the same.
      if (reached === "over")
        await eventually("the server to stand still after the end", () => process.isStopped(), 5_000);
      ok(reached !== "ended", "the server ended: it should have stood still");
      seenContainers.push(await inspected(dataDir));
    },
    async epoch() {
      const run = await id();
      return run === null ? 0 : ((await patiently(() => journal.find(run)))?.epoch ?? 0);
    },
    async untilTakenOver(epoch) {
      await eventually(
        "another worker to take the run over",
        async () => {
          const known = await id();
          const row = known === null ? null : await patiently(() => journal.find(known));
          return row !== null && (row.epoch > epoch || !row.live);
        },
        OVER_MS,
      );
    },
    async close() {
      over.abort();
      await attending.catch(() => {});
      for (const process of processes) process.signal("SIGKILL");
      await Promise.all(processes.map(({ ended }) => ended));
      if (processes.length > 0) await stopRedis(dataDir);
      await removeSandboxes(dataDir);
      await journal.close();
      await model.close();
      await github.stop();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
    [Symbol.asyncDispose]: () => run.close(),
  };
  return run;
}

/** What the runs of one test file share. */
export async function startRig(store: Store): Promise<Rig> {
  const postgres: Postgres | null = store === "postgres" ? await startPostgres() : null;
  return {
    store,
    open: async (options = {}) => openRun(store, (await postgres?.createDatabase()) ?? null, options),
    close: async () => postgres?.stop(),
  };
}
