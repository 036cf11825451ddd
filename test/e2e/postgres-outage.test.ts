import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StoredEvent } from "../../src/core/events.ts";
import { runCommand } from "../support/command-line.ts";
import { approvalIn } from "../support/fork-story.ts";
import { type Host, type Hosts, openHosts } from "../support/hosts.ts";
import { eventually, runsOf } from "../support/instance.ts";
import { call, slow } from "../support/scripted-model/answer.ts";
import * as story from "../support/story.ts";

/*
 * The whole product over PostgreSQL: its server is killed, and in a second case stands still, while a run is at work. Nobody is asked for
 * anything: the worker waits and goes on, and what came meanwhile is asked for again.
 */

/** Long enough that the server is gone when the answer comes. */
const THINKING_MS = 3_000;
const [LOOK, ...WORK] = story.WORKING;
const THINKING = [slow(THINKING_MS, LOOK ?? call("read", { path: "src/money.js" })), ...WORK];

let hosts: Hosts;
let web: Host;
let worker: Host;
beforeAll(async () => {
  hosts = await openHosts({
    script: story.cases({ killed: { executor: THINKING }, frozen: { executor: THINKING }, meanwhile: {} }),
    environment: { DELIVERY_POLL_SECONDS: "1" },
  });
  web = await hosts.start("web", "web");
  worker = await hosts.start("worker", "work");
});
afterAll(() => hosts.stop());

const readiness = async (): Promise<number> => (await fetch(`http://127.0.0.1:${web.process.port}/readyz`)).status;

const OUTAGES = [
  ["killed", () => hosts.postgres.kill(), () => hosts.postgres.restart()],
  ["frozen", async () => hosts.postgres.freeze(), async () => hosts.postgres.thaw()],
] as const;

/** The number of deliveries that were refused, and told when to come again. */
function refusedSince(from: number): number {
  const refused = hosts.instance.github.webhooks.deliveries.slice(from).filter(({ statusCode }) => statusCode === 503);
  for (const { responseHeaders } of refused) expect(responseHeaders["retry-after"]).toBe("30");
  return refused.length;
}

/** Nothing was done twice: neither facts nor calls nor what GitHub shows. */
async function assertOnce(scene: story.Scene): Promise<void> {
  const { instance } = hosts;
  const facts = await story.factsOfIssue(instance, scene);
  expect(facts.map(({ index }) => index)).toEqual(facts.map((_, n) => n));
  const epochs = facts.map(({ epoch }) => epoch);
  expect(epochs).toEqual(epochs.toSorted((a, b) => a - b));
  const count = (type: StoredEvent["event"]["type"]): number => facts.filter(({ event }) => event.type === type).length;
  expect(count("command.received")).toBe(2);
  expect(count("model.requested") - count("model.responded"), "the one that was cut").toBeLessThanOrEqual(1);
  expect(story.ours(instance, scene), "status and plan").toHaveLength(2);
  const [pull, ...more] = instance.github.pullRequests(scene.repository);
  expect(more).toEqual([]);
  expect((await instance.github.tree(scene.repository, pull?.head ?? ""))["src/money.js"]?.content).toBe(story.FIXED);
}

test.each(OUTAGES)(
  "PostgreSQL %s in the middle of a run: work waits and goes on, deliveries come again",
  async (name, begin, end) => {
    const { instance } = hosts;
    const scene = await story.openScene(instance, story.FILES, story.caseBody(name));
    const plan = await story.untilPlan(instance, scene);
    story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
    await story.untilFact(instance, scene, "model.requested", ({ conversation }) => conversation === "implement.1");
    const run = (await runsOf(instance)).at(-1)?.run ?? "";
    expect(await readiness()).toBe(200);
    await instance.github.webhooks.settled();
    const deliveries = instance.github.webhooks.deliveries.length;
    const lines = worker.process.log.length;

    await begin();
    const other = await story.openScene(instance, story.FILES, story.caseBody("meanwhile"));
    instance.github.label(other.issue, "maintainer", "journeyman");
    expect(await readiness()).toBe(503);
    await instance.github.webhooks.settled();
    expect(refusedSince(deliveries)).toBeGreaterThan(0);
    const isOfRun = (line: string): boolean => line.includes(run) && line.includes("storage_unavailable");
    await eventually("the worker to come upon it", () => worker.process.log.slice(lines).some(isOfRun));
    await end();

    await eventually("to be ready again", async () => (await readiness()) === 200);
    const over = await story.untilOver(instance, scene);
    expect(over.outcome).toMatchObject({ outcome: "pull_request" });
    await assertOnce(scene);
    // The delivery that was refused comes again by itself, and is one command.
    story.comment(instance, other, `/approve ${story.digestIn(await story.said(instance, other, /## Plan 1:/))}`);
    expect((await story.untilOver(instance, other)).outcome).toMatchObject({ outcome: "pull_request" });
    await assertOnce(other);
    const later = instance.github.webhooks.deliveries.slice(deliveries);
    expect(later.some(({ redelivery, statusCode }) => redelivery && statusCode === 202)).toBe(true);
    // Neither process ended, and nobody started another.
    for (const { process } of hosts.all)
      expect(await Promise.race([process.ended, Promise.resolve("alive")])).toBe("alive");
    expect(hosts.all).toHaveLength(2);
  },
);

describe("commands on a host that has nothing but the addresses", () => {
  const anywhere = () => hosts.instance.environment;
  const journeyman = (words: readonly string[], more: object = {}) => runCommand(words, { ...anywhere(), ...more });
  const oldest = async () => (await runsOf(hosts.instance))[0] ?? expect.fail("there are runs");

  test("list, show, replay and export what the workers wrote", async () => {
    const { run } = await oldest();
    const listed = await journeyman(["runs"]);
    expect(listed.out.trimEnd().split("\n")).toHaveLength(4);
    expect(listed.out).toContain(run);
    const facts = await hosts.instance.journal.load(run);
    const json = await journeyman(["show", run.slice(-8), "--json"]);
    expect(
      json.out
        .trimEnd()
        .split("\n")
        .map((line): unknown => JSON.parse(line)),
    ).toEqual(JSON.parse(JSON.stringify(facts)));
    expect((await journeyman(["show", run, "--files"])).out).toContain(story.FIXED.trim());
    const replayed = await journeyman(["replay", run]);
    expect(replayed.out).toMatch(/^[1-9]\d* texts, 0 not as shown, 0 not recorded$/m);
    expect(replayed.code).toBe(0);
    const archive = join(hosts.room, "run.tar.gz");
    expect(await journeyman(["export", run, "--out", archive])).toMatchObject({ code: 0, err: "" });
    const nothing = { PATH: process.env["PATH"] ?? "" };
    expect(await runCommand(["show", archive], nothing)).toEqual(await journeyman(["show", run]));
    const { DATA_DIR = "" } = anywhere();
    expect(existsSync(DATA_DIR), "what only looks makes nothing").toBe(false);
  });

  test("fork a run without a word to GitHub", async () => {
    const { run } = await oldest();
    const at = approvalIn(await hosts.instance.journal.load(run));
    const { github } = hosts.instance;
    const seen = github.requests.length;
    const ended = await journeyman(["fork", run, "--at", String(at)]);
    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(ended.out).toContain("pull request ready, not published");
    const fork = (await runsOf(hosts.instance)).find(({ origin }) => origin === run);
    expect(fork).toMatchObject({ silent: true, live: false });
    const writes = github.requests
      .slice(seen)
      .filter(({ method, path }) => method !== "GET" && path.startsWith("/repos"));
    expect(writes).toEqual([]);
  });

  test("are told by `backup` what to use instead", async () => {
    const ended = await journeyman(["backup", join(hosts.room, "never")]);
    expect(ended.code).toBe(1);
    expect(ended.err).toContain("pg_dump");
    expect(await readdir(hosts.room)).not.toContain("never");
  });

  test("`doctor` says that all is well, and when PostgreSQL is away what is wrong and with whom", async () => {
    const dataDir = join(hosts.room, "doctor");
    await mkdir(dataDir);
    const healthy = await journeyman(["doctor"], { DATA_DIR: dataDir });
    expect(healthy.out).not.toContain("FAIL");
    expect(healthy.out).toMatch(/^ok +postgresql +version \d+.* at 127\.0\.0\.1:\d+\/journal_1$/m);
    expect(healthy.out).toMatch(/^ok +journal +127\.0\.0\.1:\d+\/journal_1, 0 live run\(s\)$/m);
    expect(healthy.code).toBe(0);
    await hosts.postgres.kill();
    const away = await journeyman(["doctor"], { DATA_DIR: dataDir });
    expect(away.out).toMatch(/^FAIL +journal +.*\n?.*PostgreSQL: no server listens/m);
    expect(away.out).not.toContain(new URL(hosts.shared["DATABASE_URL"] ?? "").password);
    expect(away.code).toBe(1);
    const listed = await journeyman(["runs"]);
    expect(listed).toMatchObject({ code: 2, out: "" });
    expect(listed.err.trim().split("\n")).toHaveLength(1);
    await hosts.postgres.restart();
    expect((await journeyman(["runs"])).code).toBe(0);
  });
});

test("nothing that was asked of GitHub is unknown to GitHub", () => {
  expect(hosts.instance.github.faults).toEqual([]);
});
