import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeRunId } from "../../src/core/ids.ts";
import { openJournal } from "../../src/journal/journal.ts";
import { eventually, startInstance, startServer, type Instance } from "../../test/support/instance.ts";
import { FILES, PLANNING, script, WORKING } from "../../test/support/story.ts";
import { memoryOf } from "../child.ts";
import type { Report } from "../figure.ts";
import { byTurns } from "../measure.ts";
import { lonelyEnvironment } from "../server.ts";
import { parkedRun } from "../harness/prepared-run.ts";

/* What runs that wait for a person cost a worker: real ones over the whole line, and a thousand as rows. */

const COUNTS = [1, 10, 50] as const;
const ROWS = 1000;
/** A process that has just started is not yet at rest. */
const SETTLE_MS = 4_000;

/** Opens issues until so many have a plan that waits. */
async function untilWaiting(instance: Instance, open: (number: number) => void, count: number): Promise<void> {
  const rows = await instance.journal.runs({ limit: 1000 });
  for (let number = rows.length; number < count; number++) open(number);
  await eventually(
    `${count} plans`,
    async () => {
      const known = await instance.journal.runs({ live: true, limit: 1000 });
      return known.filter(({ dueAt, facts }) => dueAt === null && facts > 10).length >= count;
    },
    300_000,
  );
}

async function restarted(instance: Instance): Promise<number> {
  await instance.server.stop();
  await instance.restart();
  await sleep(SETTLE_MS);
  return memoryOf(instance.server.pid);
}

export async function measureWaiting(report: Report): Promise<void> {
  const instance = await startInstance({ script: script(PLANNING, WORKING) });
  try {
    const { github } = instance;
    const repo = await github.repository({ name: "shop", files: FILES });
    github.user("maintainer");
    github.setPermission(repo, "maintainer", "write");
    const open = (number: number): void => {
      const issue = github.openIssue({
        repo,
        user: "maintainer",
        title: `Issue ${number}`,
        body: "round(1.005) gives 1",
      });
      github.label(issue, "maintainer", "journeyman");
    };
    const none = {
      name: "the same server without runs",
      values: [await restarted(instance), await restarted(instance)],
    };
    for (const count of COUNTS) {
      await untilWaiting(instance, open, count);
      const name = `server with ${count} run${count === 1 ? "" : "s"} waiting for approval`;
      report({ name: `${name}, just planned`, unit: "MB", ours: [await memoryOf(instance.server.pid)], peer: none });
      const ours = [await restarted(instance)];
      report({ name: `${name}, after a restart`, unit: "MB", ours, peer: none, goal: { atMostRatio: 1.05 } });
    }
  } finally {
    await instance.stop();
  }
}

async function fill(dataDir: string, rows: number): Promise<void> {
  const journal = await openJournal({ file: join(dataDir, "journal.sqlite") });
  for (let issue = 1; issue <= rows; issue++) {
    await parkedRun(journal, makeRunId(Date.now(), randomBytes(10)), issue);
  }
  await journal.close();
}

/** A thousand parked runs, written straight into the journal. */
export async function measureRows(report: Report): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "bench-rows-"));
  const places = { ours: join(directory, "full"), none: join(directory, "empty") };
  try {
    await fill(places.ours, ROWS);
    await fill(places.none, 0);
    const settled = async (dataDir: string): Promise<number> => {
      const server = await startServer(lonelyEnvironment(dataDir));
      await sleep(SETTLE_MS);
      const memory = await memoryOf(server.pid);
      await server.stop();
      return memory;
    };
    const times = await byTurns(3, { ours: () => settled(places.ours), none: () => settled(places.none) }, true);
    const peer = { name: "the same server without runs", values: times.none };
    const name = `server with ${ROWS.toLocaleString("en")} parked runs`;
    report({ name, unit: "MB", ours: times.ours, peer, goal: { atMostRatio: 1.05 } });
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}
