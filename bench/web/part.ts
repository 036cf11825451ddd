import { ok } from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { startServer } from "../../test/support/instance.ts";
import { startPrivateRedis } from "../../test/support/redis.ts";
import { forgetPeak, memoryOf, runProgram, startProgram } from "../child.ts";
import type { Report } from "../figure.ts";
import { byTurns } from "../measure.ts";
import { lonelyEnvironment, SECRET } from "../server.ts";

/* The web side as a real process (SQLite, Redis) against handlers that only verify and keep. */

const LOAD = new URL("load.ts", import.meta.url);
const BARE = new URL("bare-handler.ts", import.meta.url);
const FLOOD = new URL("../../test/support/flood.ts", import.meta.url);
const CONNECTIONS = 50;
const DELIVERIES = 1500;
const ROUNDS = 5;
/** The reader holds at most 32 MiB of all bodies; as much again may wait to be collected, twice. */
const MOST_GROWTH_MB = 96;

const Loaded = z.object({ p50: z.number(), p99: z.number(), rate: z.number(), accepted: z.number() });
type Loaded = z.infer<typeof Loaded>;
type Side = "ours" | "queue" | "row";

interface Targets {
  readonly urls: Readonly<Record<Side, string>>;
  readonly webPid: number;
  stop(): Promise<void>;
}

async function startTargets(directory: string): Promise<Targets> {
  const redis = await startPrivateRedis();
  const web = await startServer(lonelyEnvironment(join(directory, "ours")), "web");
  const queue = await startProgram(BARE, ["queue", redis.path, SECRET]);
  const row = await startProgram(BARE, ["row", join(directory, "row.sqlite"), SECRET]);
  return {
    urls: { ours: `http://127.0.0.1:${web.port}/api/github/webhooks`, queue: queue.said, row: row.said },
    webPid: web.pid,
    async stop() {
      await Promise.all([web.stop(), queue.stop(), row.stop()]);
      await redis.remove();
    },
  };
}

async function measureLoad({ urls }: Targets) {
  const all: Record<Side, Loaded[]> = { ours: [], queue: [], row: [] };
  let issue = 1;
  const side = (name: Side) => async (round: number) => {
    const args = [urls[name], SECRET, String(DELIVERIES), String(CONNECTIONS), String(issue)];
    issue += DELIVERIES;
    const loaded = await runProgram({ file: LOAD, args, parse: (printed) => Loaded.parse(printed) });
    ok(loaded.accepted === DELIVERIES, `${name} accepted ${loaded.accepted} of ${DELIVERIES}`);
    if (round > 0) all[name].push(loaded);
    return loaded.p50;
  };
  await byTurns(ROUNDS, { ours: side("ours"), queue: side("queue"), row: side("row") });
  return (name: Side, field: keyof Loaded) => all[name].map((loaded) => loaded[field]);
}

const PEERS = { row: "bare handler, one durable row", queue: "bare handler, BullMQ only" } as const;

async function reportLoad(report: Report, targets: Targets): Promise<void> {
  const of = await measureLoad(targets);
  for (const peer of ["row", "queue"] as const) {
    const goals = peer === "row" ? { p99: { atMostRatio: 2 }, rate: { atLeastRatio: 0.5 } } : {};
    const fields = [
      { field: "p50", name: `webhook accepted, ${CONNECTIONS} connections, p50`, unit: "ms" },
      { field: "p99", name: `webhook accepted, ${CONNECTIONS} connections, p99`, unit: "ms", goal: goals.p99 },
      { field: "rate", name: `webhooks accepted, ${CONNECTIONS} connections`, unit: "per second", goal: goals.rate },
    ] as const;
    for (const { field, name, unit, ...rest } of fields) {
      const goal = "goal" in rest ? rest.goal : undefined;
      const against = { name: PEERS[peer], values: of(peer, field) };
      report({ name, unit, ours: of("ours", field), peer: against, ...(goal && { goal }) });
    }
  }
}

/** How much the web side grows while it is sent twenty bodies that are far too large: with their length given, and without. */
async function reportFlood(report: Report, { urls, webPid }: Targets): Promise<void> {
  for (const manner of ["length", "chunked"]) {
    const grown: number[] = [];
    for (let round = 0; round < 3; round++) {
      await forgetPeak(webPid);
      const before = await memoryOf(webPid);
      await runProgram({ file: FLOOD, args: [urls.ours, "20", "60", manner], parse: () => null });
      grown.push((await memoryOf(webPid, "VmHWM")) - before);
    }
    const name = `web side grows by, 20 bodies of 60 MB at once, ${manner === "length" ? "length given" : "in chunks"}`;
    report({ name, unit: "MB", ours: grown, goal: { atMost: MOST_GROWTH_MB } });
  }
}

export async function measureWeb(report: Report): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "bench-web-"));
  const targets = await startTargets(directory);
  try {
    await reportLoad(report, targets);
    await reportFlood(report, targets);
  } finally {
    await targets.stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}
