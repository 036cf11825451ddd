import { tokensOf } from "../../test/support/scripted-model/cache.ts";
import { WireRequest } from "../../test/support/scripted-model/request.ts";
import type { RecordedRequest } from "../../test/support/scripted-model/server.ts";
import type { Report } from "../figure.ts";
import { byTurns, median } from "../measure.ts";
import { FAULTS, faultsNotRecovered } from "./faults.ts";
import { gapsAfter, watchTask, type Program, type Seen } from "./harness.ts";
import { shipLoop } from "./shipped.ts";
import { longTask, twelveTurns, WIDE, type Task } from "./task.ts";

/* What the harness itself costs: a whole implement stage against a bare loop, on the same script. */

const FLOOR = "bare SDK loop";
const MANY_RUNS = 10;
const WAKES = 8;

interface Both {
  readonly ours: readonly Seen[];
  readonly floor: readonly Seen[];
}

async function watchBoth(ours: Program, task: Task, rounds: number): Promise<Both> {
  const seen = { ours: [] as Seen[], floor: [] as Seen[] };
  const side = (who: "ours" | "floor") => async (round: number) => {
    const watched = await watchTask(who === "ours" ? ours : "floor", task);
    if (round > 0) seen[who].push(watched);
    return watched.totalMs;
  };
  await byTurns(rounds, { ours: side("ours"), floor: side("floor") }, rounds === 1);
  return seen;
}

const usages = (requests: readonly RecordedRequest[]) => requests.flatMap(({ usage }) => usage ?? []);

/** Tokens of input by what they cost: read from the cache a tenth, written to it a quarter more. */
const billedOf = ({ requests }: Seen): number =>
  usages(requests).reduce((sum, use) => sum + use.input + use.cacheRead / 10 + use.cacheWrite * 1.25, 0);

function readShare({ requests }: Seen): number {
  const later = usages(requests).slice(1);
  const all = later.reduce((sum, use) => sum + use.input + use.cacheRead + use.cacheWrite, 0);
  return later.reduce((sum, use) => sum + use.cacheRead, 0) / all;
}

/** The share of what an earlier request had already sent that was read from the cache again. */
function resentShare({ requests }: Seen): number {
  const used = usages(requests);
  const pairs = used.slice(1).map((use, at) => {
    const before = used[at];
    return {
      sent: before === undefined ? 0 : before.input + before.cacheRead + before.cacheWrite,
      read: use.cacheRead,
    };
  });
  const sent = pairs.reduce((sum, pair) => sum + pair.sent, 0);
  return pairs.reduce((sum, pair) => sum + Math.min(pair.read, pair.sent), 0) / sent;
}

const firstTokens = ({ requests }: Seen): number => tokensOf(WireRequest.parse(JSON.parse(requests[0]?.raw ?? "null")));

const each = (seen: readonly Seen[], look: (one: Seen) => number) => seen.map(look);
const single = (seen: readonly Seen[], look: (one: Seen) => number) => each(seen.slice(0, 1), look);
const against = (values: readonly number[]) => ({ name: FLOOR, values });

function reportTwelve(report: Report, { ours, floor }: Both, task: Task): void {
  const gap = (seen: Seen) => median(gapsAfter(seen, task, { kind: "read" }));
  const shared = [
    { name: "own time of a read turn, 12 turns", look: gap, goal: { atMost: 10, atMostRatio: 1.6 } },
    { name: "start of the process → first request", look: (seen: Seen) => seen.startMs, goal: { atMost: 300 } },
    { name: "whole 12-turn task", look: (seen: Seen) => seen.totalMs },
  ];
  for (const { name, look, goal } of shared) {
    const peer = against(each(floor, look));
    report({ name, unit: "ms", ours: each(ours, look), peer, ...(goal && { goal }) });
  }
  const counted = [
    { name: "first request: system, tools, task", look: firstTokens, goal: { atLeast: 1100, atMost: 2000 } },
    { name: "billed input of the 12-turn task", look: billedOf, goal: { atMost: 7000 } },
  ];
  for (const { name, look, goal } of counted) {
    report({ name, unit: "tokens", ours: single(ours, look), peer: against(single(floor, look)), goal });
  }
  const read = { ours: single(ours, readShare), peer: against(single(floor, readShare)) };
  report({ name: "input read from the cache after the first request, 12 turns", unit: "share", ...read });
  const beside = ({ requests }: Seen) => requests.length - task.kinds.length;
  const sides = { ours: single(ours, beside), peer: against(single(floor, beside)) };
  report({ name: "requests besides the turns of the task", unit: "count", ...sides, goal: { atMost: 0 } });
}

function reportSixty(report: Report, { ours, floor }: Both, task: Task): void {
  const gap = (seen: Seen) => median(gapsAfter(seen, task, { kind: "read" }));
  /** What each call beyond the first adds to an answer with several. */
  const perCall = (seen: Seen) => (median(gapsAfter(seen, task, { kind: "wide" })) - gap(seen)) / (WIDE - 1);
  const times = [
    { name: "own time of a read turn, 60 turns", look: gap, goal: { atMost: 10, atMostRatio: 1.6 } },
    { name: `own time of one more call in an answer (${WIDE} reads)`, look: perCall, goal: { atMost: 5 } },
  ];
  for (const { name, look, goal } of times) {
    report({ name, unit: "ms", ours: each(ours, look), peer: against(each(floor, look)), goal });
  }
  const shares = [
    { name: "input read from the cache after the first request", look: readShare, goal: { atLeast: 0.9 } },
    { name: "history sent again that is read from the cache", look: resentShare, goal: { atLeast: 0.999 } },
  ];
  for (const { name, look, goal } of shares) {
    report({ name, unit: "share", ours: single(ours, look), peer: against(single(floor, look)), goal });
  }
}

function reportLong(report: Report, { ours, floor }: Both, task: Task): void {
  const late = (seen: Seen) => median(gapsAfter(seen, task, { kind: "read", from: 350 }));
  const peer = against(each(floor, late));
  report({
    name: "own time of a read turn, after 350 turns",
    unit: "ms",
    ours: each(ours, late),
    peer,
    goal: { atMost: 15 },
  });
  const peak = (seen: Seen) => seen.peakMb;
  const goal = { atMost: 200 };
  report({
    name: "peak memory, 400 turns",
    unit: "MB",
    ours: each(ours, peak),
    peer: against(each(floor, peak)),
    goal,
  });
}

/** Memory of ten runs at once in one process, against one. */
async function reportMany(report: Report, program: Program, alone: Both): Promise<void> {
  const many = await watchTask(program, longTask(60), { count: MANY_RUNS, order: "together" });
  const one = median(each(alone.ours, ({ peakMb }) => peakMb));
  const ours = [(many.peakMb - one) / (MANY_RUNS - 1)];
  report({
    name: `memory of each further run (${MANY_RUNS} at once, 60 turns)`,
    unit: "MB",
    ours,
    goal: { atMost: 20 },
  });
}

/** A worker that is already running takes a run up: the lease, the facts, the stage, the first request. */
async function reportWake(report: Report, program: Program): Promise<void> {
  const { wakes, requests } = await watchTask(program, longTask(2), { count: WAKES, order: "one-by-one" });
  const name = "wake in a running worker → first request, workspace ready";
  report({ name, unit: "ms", ours: wakes, goal: { atMost: 30 } });
  const ofLater = usages(requests.filter(({ request }) => request?.n === 0)).slice(1);
  const share = ofLater.map((use) => use.cacheRead / (use.input + use.cacheRead + use.cacheWrite));
  report({
    name: "first request of the next run in another directory, read from the cache",
    unit: "share",
    ours: [median(share)],
    goal: { atLeast: 0.95 },
  });
}

async function reportFaults(report: Report, program: Program): Promise<void> {
  const [ours, floor] = [await faultsNotRecovered(program), await faultsNotRecovered("floor")];
  if (ours.length > 0) process.stderr.write(`  not recovered: ${ours.join("; ")}\n`);
  report({
    name: `faults of provider and model recovered, of ${FAULTS}`,
    unit: "count",
    ours: [FAULTS - ours.length],
    peer: against([FAULTS - floor.length]),
    goal: { atLeast: FAULTS },
  });
}

export async function measureHarness(report: Report): Promise<void> {
  const [short, middle, long] = [twelveTurns(), longTask(60), longTask(400)];
  const program = { ours: await shipLoop() };
  reportTwelve(report, await watchBoth(program, short, 5), short);
  await reportWake(report, program);
  const sixty = await watchBoth(program, middle, 5);
  reportSixty(report, sixty, middle);
  await reportMany(report, program, sixty);
  reportLong(report, await watchBoth(program, long, 1), long);
  await reportFaults(report, program);
}
