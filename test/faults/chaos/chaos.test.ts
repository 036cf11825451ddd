import { deepStrictEqual, ok } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fold } from "../../../src/core/evolve.ts";
import { assertSound } from "../../support/faults/oracle.ts";
import type { FaultRun } from "../../support/faults/fault-run.ts";
import { ALL } from "../../support/faults/selection.ts";
import { containersOf } from "../../support/leftovers.ts";
import { call } from "../../support/scripted-model/answer.ts";
import * as story from "../../support/story.ts";
import type { Line } from "../matrix/line.ts";
import { AFTER, FILES, inOrder } from "../matrix/story.ts";
import { docker, type Fleet, openFleet } from "./fleet.ts";
import { attend, openIssue, redeliverer, type Told } from "./people.ts";

/*
 * Chaos. Many runs go through three workers and a web process, while every few seconds something is broken at random: a worker is killed, or
 * the web side; Redis is killed, or emptied; the line to GitHub or to the model is cut; a sandbox is killed. What breaks is drawn from
 * a seed, which is printed; CHAOS_SEED sets it. Afterwards each run is judged by the oracle as if it had been alone: none lost, none doubled.
 * That the chaos was one is asserted as well: how often things broke, that runs were under way then, and that runs came to their end
 * between two faults.
 */

const RUNS = ALL ? 200 : 12;
const WORKERS = 3;
const CONCURRENCY = 2;
/** Runs that are begun and not yet over. */
const UNDER_WAY = ALL ? 16 : 12;
/** Between two faults, in milliseconds. */
const CALM_MS = ALL ? { least: 5_000, most: 10_000 } : { least: 1_000, most: 2_500 };
/** How long Redis or a line is away, in milliseconds. */
const AWAY_MS = { least: 500, most: 2_000 };
/** Longest that all runs together may take, in milliseconds. */
const PATIENCE_MS = ALL ? 25 * 60_000 : 240_000;
/** Longest that the judgement of all of them may take, in milliseconds. */
const JUDGED_MS = 300_000;
const LEAST_FAULTS = ALL ? 40 : 3;
const SEED = Number(process.env["CHAOS_SEED"] ?? Date.now() % 1_000_000);

/** mulberry32: the same faults in the same order for the same seed. In [0, 1). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
const random = randomOf(SEED);
const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];
const between = ({ least, most }: typeof CALM_MS): number => least + random() * (most - least);

/** No tests, no review: a run is three requests to the model and four sandboxes. */
const QUICK = {
  ...FILES,
  ".github/journeyman.yml": "tests:\n  command: sh -c 'exit 0'\nreview:\n  enabled: false\nlimits:\n  memory_mb: 256\n",
};
const SCRIPT = story.script(
  inOrder([story.submitPlan()]),
  inOrder([story.edit(story.BUGGY, story.FIXED), call("submit", { summary: "Rounds.", left_failing: [] })]),
);

let fleet: Fleet;
beforeAll(async () => {
  fleet = await openFleet({ script: SCRIPT, workers: WORKERS, concurrency: CONCURRENCY });
});
afterAll(() => fleet.close());

const told: Told[] = [];
const underWay = (): readonly Told[] => told.filter((one) => !one.over);

interface Broken {
  readonly what: string;
  readonly underWay: number;
  readonly over: number;
}
const broken: Broken[] = [];

async function restartRedis(): Promise<void> {
  await fleet.redis.kill();
  await sleep(between(AWAY_MS));
  await fleet.redis.restart();
}

async function cutLine(line: Line): Promise<void> {
  line.cut();
  await sleep(between(AWAY_MS));
  line.mend();
}

async function killSandbox(): Promise<void> {
  const name = pick(await containersOf(fleet));
  if (name !== undefined) await docker(["kill", name]);
}

const killWorker = (): Promise<void> => fleet.replaceWorker(Math.floor(random() * WORKERS));

const FAULTS: Readonly<Record<string, () => Promise<unknown>>> = {
  "a worker is killed": killWorker,
  "another worker is killed": killWorker,
  "the web side is killed": () => fleet.replaceWeb(),
  "Redis is killed": restartRedis,
  "Redis is emptied": () => fleet.redis.command(["FLUSHALL"]),
  "the line to GitHub is cut": () => cutLine(fleet.lines.github),
  "the line to the model is cut": () => cutLine(fleet.lines.model),
  "a sandbox is killed": killSandbox,
};

async function chaos(over: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(between(CALM_MS), undefined, { signal: over }).catch(() => {});
    if (over.aborted) return;
    const what = pick(Object.keys(FAULTS)) ?? "";
    broken.push({ what, underWay: underWay().length, over: told.length - underWay().length });
    await FAULTS[what]?.();
  }
}

/** All runs, as many at a time as may be, each to its pull request. */
async function throughThem(): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  const redeliver = redeliverer(fleet.github);
  while (told.length < RUNS || underWay().length > 0) {
    ok(Date.now() < deadline, `${underWay().length} of ${told.length} runs are not over`);
    while (told.length < RUNS && underWay().length < UNDER_WAY)
      told.push(await openIssue(fleet.github, QUICK, told.length + 1));
    for (const one of underWay()) attend(fleet.github, one);
    await fleet.github.webhooks.settled();
    redeliver();
    await sleep(500);
  }
}

/** One of the runs in the eyes of the oracle. Whose request to the model is whose is not told on the wire: they are counted together. */
async function asRun({ scene }: Told): Promise<FaultRun> {
  const rows = await fleet.journal.runs({ limit: 1_000 });
  const row = rows.find(({ subject }) => subject.repositoryId === scene.repository.id);
  const facts = await fleet.journal.load(row?.run ?? expect.fail(`the run of ${scene.repository.name} is lost`));
  const path = `/repos/${scene.repository.owner}/${scene.repository.name}/`;
  const requests = fleet.github.requests.filter((request) => request.path.startsWith(path));
  const seen = { host: fleet.environment["GHE_HOST"], requests };
  return {
    ...fleet,
    ...scene,
    store: "sqlite",
    github: Object.assign(Object.create(fleet.github), seen),
    model: { ...fleet.model, requests: [] },
    seenContainers: [],
    facts: async () => facts,
  } as unknown as FaultRun;
}

/** Its answers by the model's count. */
async function assertRun(one: Told): Promise<number> {
  const run = await asRun(one);
  const facts = await run.facts();
  await assertSound(run, { kills: 0, turns: 0, tree: null });
  const [pull] = fleet.github.pullRequests(one.scene.repository);
  const tree = await fleet.github.tree(one.scene.repository, pull?.head ?? "");
  deepStrictEqual(tree["src/money.js"]?.content, AFTER["src/money.js"]);
  const [first] = facts;
  expect(first === undefined ? null : fold(first.run, facts).outcome).toMatchObject({ outcome: "pull_request" });
  return facts.filter(({ event }) => event.type === "model.responded").length;
}

/** Scratch of a dead worker is removed by the clean-up of another, once a minute. */
async function assertEach(): Promise<void> {
  for (const until = Date.now() + 90_000; Date.now() < until && (await containersOf(fleet)).length > 0;)
    await sleep(500);
  let turns = 0;
  for (const one of told) turns += await assertRun(one);
  const most = turns + broken.length * WORKERS * CONCURRENCY;
  expect(fleet.model.requests.length, "I3 over all runs").toBeLessThanOrEqual(most);
}

function assertProgress(): void {
  const counts = Object.entries(Object.groupBy(broken, ({ what }) => what));
  console.log(
    `${RUNS} runs, ${broken.length} faults`,
    Object.fromEntries(counts.map(([what, all]) => [what, all?.length])),
  );
  expect(broken.length, "things broke").toBeGreaterThanOrEqual(LEAST_FAULTS);
  const busy = broken.filter((fault) => fault.underWay > 0).length;
  expect(busy / broken.length, "while runs were under way").toBeGreaterThan(0.9);
  const moved = broken.slice(1).filter((fault, place) => fault.over > (broken[place]?.over ?? 0)).length;
  expect(moved, "and runs came to their end between two faults").toBeGreaterThan(ALL ? broken.length / 4 : 0);
}

test(
  `${RUNS} runs go through ${WORKERS} workers while workers, Redis, lines and sandboxes break at random: none lost, none doubled`,
  async () => {
    console.log(`CHAOS_SEED=${SEED}`);
    const over = new AbortController();
    const breaking = chaos(over.signal);
    // Its failure is seen when it is waited for below.
    breaking.catch(() => {});
    try {
      await throughThem();
    } finally {
      over.abort();
    }
    await breaking;
    assertProgress();
    await assertEach();
  },
  PATIENCE_MS + JUDGED_MS,
);
