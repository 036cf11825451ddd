import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { JourneymanError } from "../../../src/core/errors.ts";
import type { EventOf, RunEvent, StoredEvent } from "../../../src/core/events.ts";
import { openArtifacts } from "../../../src/journal/artifacts.ts";
import { openJournal } from "../../../src/journal/journal.ts";
import { createLocalForge } from "../../../src/local/forge.ts";
import type { Journal } from "../../../src/ports/journal.ts";
import type { Failpoint } from "../../../src/ports/failpoint.ts";
import { project } from "../../../src/run/project.ts";
import { openRunLog, type RunLog } from "../../../src/run/run-log.ts";
import type { World } from "../../../src/run/world.ts";
import { replayed } from "../../../src/views/replay.ts";
import {
  actor,
  intakeFinished,
  MAINTAINER,
  PLAN_COMMAND,
  received,
  requested,
  RUN,
  SUBJECT,
} from "../../support/facts.ts";

/*
 * What is shown is what the intent says, whatever happens between the two: a worker that dies there, facts that come in, a text that is
 * lost. Over a real journal, real artifacts and the forge of this host.
 */

const VIEW = { runUrl: null } as const;
const STATUS = { settled: async () => {}, touch: () => {} };
const BUDGET: RunEvent = { type: "budget.changed", command: 1, ceilingMicroUsd: 77_000_000, by: MAINTAINER };

let directory: string;
let journal: Journal;
let now: number;
/** What happens at each named moment of the next step. */
let failpoint: Failpoint;
/** What happens while an artifact is put. */
let whilePut: () => Promise<void>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "journeyman-shown-"));
  journal = await openJournal({ file: join(directory, "journal.sqlite") });
  now = Date.UTC(2026, 0, 1);
  failpoint = () => {};
  whilePut = async () => {};
});
afterEach(async () => {
  await journal.close();
  await rm(directory, { recursive: true });
});

const store = () => openArtifacts(join(directory, "artifacts"));

async function makeWorld(): Promise<World> {
  const artifacts = store();
  const issue = { title: "t", body: "b", author: "reporter", labels: [], comments: [] };
  const repository = { resolve: async () => null } as never; // no text of a comment asks for it
  return {
    journal,
    artifacts: { ...artifacts, put: async (bytes: Uint8Array) => (await whilePut(), artifacts.put(bytes)) },
    forge: await createLocalForge({
      subject: SUBJECT,
      issue,
      repository,
      directory: join(directory, "forge"),
      now: () => now,
    }),
    clock: { now: () => (now += 10) },
    redact: (event: RunEvent) => event,
    failpoint: (point: string) => failpoint(point),
    view: VIEW,
    worker: "w",
    timings: { leaseMs: 60_000 },
    log: { info: () => {}, warn: () => {} },
    dayCapMicroUsd: 1_000_000,
  } as unknown as World; // nothing else is asked for here
}

interface Bench {
  readonly world: World;
  readonly log: RunLog;
}

const commandBy = (login: string, id: number): RunEvent => received(PLAN_COMMAND, actor(login, id), null);

async function deliver(name: string, events: readonly RunEvent[]): Promise<void> {
  const at = new Date(now).toISOString();
  await journal.receive({ id: name, body: name }, SUBJECT, { at, admit: () => ({ run: RUN, events }) });
}

/** A worker takes the run; the one before is dead. */
async function take(): Promise<Bench> {
  now += 120_000;
  const world = await makeWorld();
  const claim = await journal.claim(RUN, { holder: "w", leaseMs: 60_000, now });
  return { world, log: await openRunLog(world, claim ?? expect.fail("nobody holds the run")) };
}

/** A run whose status comment is owed. */
async function begun(): Promise<Bench> {
  await deliver("first", [requested(), commandBy("maintainer", 1)]);
  const bench = await take();
  await bench.log.append([{ type: "command.accepted", command: 1, permission: "write" }, intakeFinished()]);
  expect(await project(bench.world, bench.log, STATUS)).toBe(true);
  expect(bench.log.state().effects["eyes.1"]).not.toBeUndefined();
  return bench;
}

const facts = (): Promise<StoredEvent[]> => journal.load(RUN);
const intents = async (): Promise<EventOf<"effect.intended">[]> =>
  (await facts()).flatMap(({ event }) => (event.type === "effect.intended" && event.key === "status" ? [event] : []));

async function posted({ world }: Bench): Promise<string> {
  const [comment] = await world.forge.comments(SUBJECT);
  return comment?.body ?? expect.fail("nothing was posted");
}

const verdicts = async (): Promise<string[]> =>
  replayed(RUN, await facts(), VIEW).map(({ key, verdict }) => `${key} ${verdict}`);

const dies = (point: string): void => {
  failpoint = (passed) => {
    if (passed === point) throw new JourneymanError("lease_lost");
  };
};

test("a worker that dies between intent and effect: the next one posts the text of the intent, though the run has moved on", async () => {
  const first = await begun();
  dies("effect.before:status");
  await expect(project(first.world, first.log, STATUS)).rejects.toMatchObject({ code: "lease_lost" });
  failpoint = () => {};
  const second = await take();
  await second.log.append([BUDGET]);
  await project(second.world, second.log, STATUS);
  expect(await intents()).toHaveLength(1);
  expect(await posted(second)).not.toContain("$77");
  expect(await verdicts()).toEqual(["status equal"]);
});

test("a worker that dies after the effect: nothing is posted twice", async () => {
  const first = await begun();
  dies("effect.after:status");
  await expect(project(first.world, first.log, STATUS)).rejects.toMatchObject({ code: "lease_lost" });
  failpoint = () => {};
  const second = await take();
  await project(second.world, second.log, STATUS);
  expect(await second.world.forge.comments(SUBJECT)).toHaveLength(1);
  expect(second.log.state().effects["status"]).toMatchObject({ type: "effect.done" });
});

test("facts of this worker that come in while the text is kept: it is rendered anew, and the intent stands after them", async () => {
  const bench = await begun();
  whilePut = async () => {
    whilePut = async () => {};
    await bench.log.append([BUDGET]);
  };
  expect(await project(bench.world, bench.log, STATUS)).toBe(true);
  expect(await intents()).toHaveLength(0);
  await project(bench.world, bench.log, STATUS);
  expect(await posted(bench)).toContain("$77");
  expect(await verdicts()).toEqual(["status equal"]);
});

test("a delivery that comes in while the text is kept: what is owed is asked again", async () => {
  const bench = await begun();
  whilePut = async () => {
    whilePut = async () => {};
    await deliver("second", [commandBy("somebody", 9)]);
  };
  await project(bench.world, bench.log, STATUS);
  await project(bench.world, bench.log, STATUS);
  const all = await facts();
  expect(all.map(({ event }) => event.type).slice(-3)).toEqual(["command.received", "effect.intended", "effect.done"]);
  expect(await verdicts()).toEqual(["status equal"]);
});

test("a text that is lost is intended again, and then shown", async () => {
  const first = await begun();
  dies("effect.before:status");
  await expect(project(first.world, first.log, STATUS)).rejects.toMatchObject({ code: "lease_lost" });
  failpoint = () => {};
  await rm(join(directory, "artifacts"), { recursive: true });
  const second = await take();
  await second.log.append([BUDGET]);
  await project(second.world, second.log, STATUS);
  expect(await intents()).toHaveLength(2);
  expect(await posted(second)).toContain("$77");
  expect(await verdicts()).toEqual(["status equal", "status equal"]);
});

test("an intent of an older release names no text: it is done with what is rendered now", async () => {
  const bench = await begun();
  await bench.log.append([{ type: "effect.intended", key: "status", kind: "comment" }, BUDGET]);
  await project(bench.world, bench.log, STATUS);
  expect(await intents()).toHaveLength(1);
  expect(await posted(bench)).toContain("$77");
  expect(await verdicts()).toEqual(["status not recorded"]);
});
