import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestOf } from "../../../src/core/digest.ts";
import type { RunEvent, StoredEvent } from "../../../src/core/events.ts";
import { fold } from "../../../src/core/evolve.ts";
import { next } from "../../../src/core/next.ts";
import { openJournal } from "../../../src/journal/journal.ts";
import type { Claim, Journal } from "../../../src/ports/journal.ts";
import { ledgerEntries, overCap } from "../../../src/run/daily-cap.ts";
import { openRunLog } from "../../../src/run/run-log.ts";
import type { StageContext } from "../../../src/run/stage.ts";
import { intake } from "../../../src/run/stages/intake.ts";
import type { World } from "../../../src/run/world.ts";
import { owed } from "../../../src/views/owed.ts";
import { outcome } from "../../support/deciding.ts";
import * as facts from "../../support/facts.ts";

/*
 * A clock that jumps: put back or forward by an hour, summer time, and GitHub's times, which are whole seconds. The order of facts is that
 * of their index, never of their times; who may write is a matter of epochs; days are those of UTC.
 */

const VIEW = { runUrl: null };
const HOUR = 3_600_000;
const START = Date.UTC(2026, 9, 25, 0, 30);
const LEASE_MS = 6_000;

let directory: string;
let journal: Journal;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "journeyman-clock-"));
  journal = await openJournal({ file: join(directory, "journal.sqlite") });
  const at = new Date(START).toISOString();
  const admit = () => ({ run: facts.RUN, events: facts.toPrepared() });
  await journal.receive({ id: "one", body: "one" }, facts.SUBJECT, { at, admit });
});
afterEach(async () => {
  await journal.close();
  await rm(directory, { recursive: true });
});

const claim = (holder: string, now: number): Promise<Claim | null> =>
  journal.claim(facts.RUN, { holder, leaseMs: LEASE_MS, now });

const note = (text: string): RunEvent => ({ type: "message.added", conversation: "implement.1", text });

/** A run log whose clock says what it is told. */
async function logAt(held: Claim, clock: { now: number }) {
  const world = {
    journal,
    clock: { now: () => clock.now },
    redact: (event: RunEvent) => event,
    failpoint: () => {},
    view: VIEW,
    dayCapMicroUsd: 1_000_000,
  } as unknown as World; // the log asks for nothing else
  return openRunLog(world, held);
}

test("put back by an hour: the lease of a worker that died before is taken at once, not in an hour", async () => {
  const dead = await claim("dead", START);
  expect(dead).not.toBeNull();
  const later = START - HOUR;
  expect(await journal.due(later + 2 * HOUR, 10)).toHaveLength(1);
  const young = await claim("young", later);
  expect(young).toMatchObject({ epoch: (dead?.epoch ?? 0) + 1 });
  expect(await claim("third", later + 1_000), "a lease of now runs").toBeNull();
});

test("put forward by an hour: a worker whose lease seems to have run out renews it, or is fenced if another was there first", async () => {
  const clock = { now: START };
  const held = (await claim("first", clock.now)) ?? expect.fail("free");
  const log = await logAt(held, clock);
  clock.now += HOUR;
  await expect(log.append([note("late")])).rejects.toMatchObject({ code: "lease_lost" });
  expect(await journal.renew(held, { holder: "first", leaseMs: LEASE_MS, now: clock.now })).toBe(true);
  expect(await log.append([note("renewed")])).toBe(true);
  clock.now += HOUR;
  const taken = await claim("second", clock.now);
  expect(taken).not.toBeNull();
  expect(await journal.renew(held, { holder: "first", leaseMs: LEASE_MS, now: clock.now })).toBe(false);
  await expect(log.append([note("doubled")])).rejects.toMatchObject({ code: "lease_lost" });
  const texts = (await journal.load(facts.RUN)).flatMap(({ event }) => ("text" in event ? [event.text] : []));
  expect(texts.filter((text) => text === "late" || text === "doubled")).toEqual([]);
});

test("put back in the midst of a stage: facts keep their order, and no time is worked backwards", async () => {
  const clock = { now: START };
  const held = (await claim("first", clock.now)) ?? expect.fail("free");
  const log = await logAt(held, clock);
  await log.append([{ type: "stage.started", stage: "implement", round: 0, worker: "first" }]);
  clock.now += 1_000;
  await log.append([note("before")]);
  const worked = log.state().workMs;
  clock.now -= HOUR;
  await log.append([note("after")]);
  clock.now += 2_000;
  await log.append([note("and on")]);
  const stored = await journal.load(facts.RUN);
  expect(stored.slice(-3).map(({ event }) => "text" in event && event.text)).toEqual(["before", "after", "and on"]);
  expect(stored.map(({ index }) => index)).toEqual(stored.map((_, index) => index));
  expect(worked).toBe(1_000);
  expect(fold(facts.RUN, stored).workMs).toBe(3_000);
});

test("a parked run is due by the clock on the wall: at once when that was put forward, and never twice", async () => {
  const clock = { now: START };
  const held = (await claim("first", clock.now)) ?? expect.fail("free");
  const log = await logAt(held, clock);
  const resumeAt = new Date(START + HOUR / 2).toISOString();
  await log.append([{ type: "run.parked", code: "github_unavailable", details: {}, resumeAt }]);
  expect(next(log.state())).toEqual({ kind: "parked", until: resumeAt });
  for (let [effect] = owed(log.state(), VIEW); effect !== undefined; [effect] = owed(log.state(), VIEW))
    await log.append([{ type: "effect.done", key: effect.key, kind: effect.kind, remoteId: "1", url: "" }]);
  await journal.release(held, log.next());
  expect(await journal.due(START, 10), "not before its time").toEqual([]);
  expect(await journal.due(START - HOUR, 10), "put back: later").toEqual([]);
  expect(await journal.due(START + HOUR, 10), "put forward: now").toEqual([{ run: facts.RUN, next: log.next() }]);
  expect(await claim("second", START + HOUR)).not.toBeNull();
  expect(await journal.due(START + HOUR, 10), "one worker has it").toEqual([]);
});

test("put back between plan and approval: which came first is told by the index, not by the time", () => {
  const events = [...facts.toPlan(), facts.received(facts.approveCommand())];
  const ordered = facts.stored(events);
  const last = ordered.length - 1;
  const jumped = ordered.map((fact, place): StoredEvent =>
    place === last ? { ...fact, at: new Date(Date.parse(fact.at) - HOUR).toISOString() } : fact,
  );
  expect(next(fold(facts.RUN, jumped))).toEqual(next(fold(facts.RUN, ordered)));
  expect(next(fold(facts.RUN, jumped))).toMatchObject({ kind: "consider", command: { index: last } });
  expect(outcome(facts.approveCommand())).toBe("accepted plan.approved");
});

test("summer time: a day of the ledger is one of UTC, in every zone and on the days of 23 and 25 hours", () => {
  const zone = process.env["TZ"];
  const state = facts.stateOf(facts.toPrepared());
  const asked: RunEvent = {
    type: "model.requested",
    conversation: "implement.1",
    turn: 1,
    model: "m",
    requestDigest: digestOf("request"),
    reservedMicroUsd: 1,
  };
  const seen = new Set<string>();
  try {
    for (const TZ of ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland"]) {
      process.env["TZ"] = TZ;
      // The hour that Berlin has twice, the one that New York leaves out, and the last before midnight of UTC.
      const days = [
        "2026-10-25T00:30:00.000Z",
        "2026-10-25T01:30:00.000Z",
        "2026-03-08T07:30:00.000Z",
        "2026-10-25T23:59:59.999Z",
      ].map((at) => {
        const [entry] = ledgerEntries(state, [asked], { at, capMicroUsd: 5 });
        const over = overCap({ kind: "over_cap", scope: "tenant", cap: 5, spent: 5, reserved: 0 }, 1, at);
        return [entry?.kind === "reserve" && entry.day, over.details["until"], over.retryAfterMs];
      });
      seen.add(JSON.stringify(days));
    }
  } finally {
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
  }
  expect([...seen]).toEqual([
    JSON.stringify([
      ["2026-10-25", "2026-10-26 00:01 UTC", 23.5 * HOUR + 60_000],
      ["2026-10-25", "2026-10-26 00:01 UTC", 22.5 * HOUR + 60_000],
      ["2026-03-08", "2026-03-09 00:01 UTC", 16.5 * HOUR + 60_000],
      ["2026-10-25", "2026-10-26 00:01 UTC", 60_001],
    ]),
  ]);
});

const SECOND = "2026-10-25T00:30:00Z";

/** The issue that intake freezes, of a forge whose comments were written at these times. */
async function frozen(
  times: readonly { readonly createdAt: string; readonly updatedAt: string }[],
): Promise<readonly number[]> {
  const comments = times.map((time, place) => ({
    id: place + 1,
    author: "reporter",
    actor: facts.actor("reporter", 2),
    body: `comment ${place + 1}`,
    mine: false,
    ...time,
  }));
  const state = { ...facts.stateOf([]), subject: facts.SUBJECT, answered: [], startedAt: SECOND };
  const world = {
    forge: {
      defaultBranch: async () => ({ name: "main", sha: facts.BASE }),
      file: async () => null,
      issue: async () => ({ ...facts.ISSUE, labels: [] }),
      comments: async () => comments,
    },
    trees: { open: async () => ({ files: new Map() }), text: async () => null },
    model: { price: () => ({}) },
    log: { info: () => {}, warn: () => {} },
  };
  const context = { world, log: { claim: { run: facts.RUN } }, state: () => state, signal: AbortSignal.timeout(5_000) };
  for await (const fact of intake(context as unknown as StageContext))
    if (fact.type === "intake.finished") return fact.issue.comments.map(({ id }) => id);
  return expect.fail("the issue was not frozen");
}

test("in the same second: a comment of the command's own second is not part of the issue, nor is one that was edited in it", async () => {
  const before = "2026-10-25T00:29:59Z";
  const read = await frozen([
    { createdAt: before, updatedAt: before },
    { createdAt: SECOND, updatedAt: SECOND },
    { createdAt: before, updatedAt: SECOND },
    { createdAt: "2026-10-25T00:30:01Z", updatedAt: "2026-10-25T00:30:01Z" },
  ]);
  expect(read).toEqual([1]);
});

test("in the same second: an approval posted in the second of its plan counts, and one that was edited later does not", () => {
  const events = [...facts.toPlan(), facts.received(facts.approveCommand())];
  const at = new Date(START).toISOString();
  const state = fold(
    facts.RUN,
    facts.stored(events).map((fact) => ({ ...fact, at })),
  );
  expect(next(state)).toMatchObject({ kind: "consider", command: { command: { name: "approve" } } });
  expect(outcome(facts.approveCommand())).toBe("accepted plan.approved");
  expect(outcome(facts.approveCommand(), { lookups: { comment: { unedited: false } } })).toBe(
    "refused comment_changed",
  );
});
