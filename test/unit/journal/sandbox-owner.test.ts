import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isOwned } from "../../../src/app/worker.ts";
import type { RunId } from "../../../src/core/ids.ts";
import { openJournal } from "../../../src/journal/journal.ts";
import type { Journal, RunSummary } from "../../../src/ports/journal.ts";
import { add, claimed, found, iso, newRun, START, subject, working } from "../../contract/journal/kit.ts";
import { freshFolder } from "./folder.ts";

/** The kit's lease. */
const LEASE_MS = 60_000;
const MINUTE_MS = 60_000;

const folder = freshFolder();
let journal: Journal;
/** What the sweep takes for the time. */
let now = START;
beforeEach(async () => {
  now = START;
  journal = await openJournal({ file: join(folder(), "journal.db") });
});
afterEach(() => journal.close());

const owned = (run: string, epoch = 1): Promise<boolean> => isOwned({ journal, clock: { now: () => now } }, run, epoch);

const waiting: RunSummary = { status: "waits for an approval", live: true, dueAt: null, costMicroUsd: 0 };
const heldUp: RunSummary = { ...waiting, status: "held up", dueAt: iso(START + 30 * MINUTE_MS) };
const over: RunSummary = { ...waiting, status: "done", live: false };

/** A run that somebody holds, as this leaves it. */
async function heldAs(summary: RunSummary, issue = 7) {
  const run = await found(journal, subject(issue), newRun(START + issue));
  const claim = await claimed(journal, run);
  await add(journal, claim, 1, { summary });
  return { run, claim };
}

async function givenBackAs(summary: RunSummary, issue = 7): Promise<RunId> {
  const { run, claim } = await heldAs(summary, issue);
  expect(await journal.release(claim, 2)).toBe(true);
  return run;
}

async function silentFork(origin: RunId): Promise<RunId> {
  const run = newRun(START + 100);
  const entry = {
    run,
    origin,
    at: 0,
    events: [],
    time: iso(START),
    summary: { ...working, live: false },
    silent: true,
  };
  expect(await journal.fork(entry)).toMatchObject({ kind: "forked" });
  return run;
}

describe("a sandbox", () => {
  it("is owned while its run is held, whatever became of the run", async () => {
    for (const [n, summary] of [working, waiting, heldUp, over].entries())
      expect(await owned((await heldAs(summary, n + 1)).run), summary.status).toBe(true);
  });

  it.each([waiting, heldUp, working, over])("of a run that was given back is nobody's: $status", async (summary) => {
    expect(await owned(await givenBackAs(summary))).toBe(false);
  });

  it.each([waiting, heldUp, over])(
    "left behind by a worker that died as its run came to rest goes with the lease: $status",
    async (summary) => {
      const { run } = await heldAs(summary);
      now = START + LEASE_MS - 1;
      expect(await owned(run)).toBe(true);
      now = START + LEASE_MS;
      expect(await owned(run)).toBe(false);
    },
  );

  it("of a run under way outlives its lease for ten minutes: a worker that stood still comes back to it", async () => {
    const { run, claim } = await heldAs(working);
    now = START + LEASE_MS + 10 * MINUTE_MS - 1;
    expect(await owned(run)).toBe(true);
    now += 1;
    expect(await owned(run)).toBe(false);
    expect(await journal.renew(claim, { holder: "worker", leaseMs: LEASE_MS, now })).toBe(true);
    expect(await owned(run)).toBe(true);
  });

  it("of a run that another worker has taken over is nobody's, and that one's own is", async () => {
    const { run } = await heldAs(working);
    now = START + LEASE_MS + 1;
    expect((await claimed(journal, run, now)).epoch).toBe(2);
    expect([await owned(run, 1), await owned(run, 2)]).toEqual([false, true]);
  });

  it("of a silent fork is owned while somebody drives it, and no longer", async () => {
    const fork = await silentFork((await heldAs(over)).run);
    const claim = await claimed(journal, fork);
    expect(await owned(fork, claim.epoch)).toBe(true);
    await journal.release(claim, claim.next);
    expect(await owned(fork, claim.epoch)).toBe(false);
  });

  it("of an old live run is found however many runs came after it", async () => {
    const { run } = await heldAs(working);
    for (let n = 1; n <= 300; n++) await found(journal, subject(1_000 + n), newRun(START + 1_000 + n));
    expect(await owned(run)).toBe(true);
  });

  it("of a run that this journal does not know is left to whoever knows it", async () => {
    expect(await owned(newRun())).toBe(true);
    expect(await owned("no-run-at-all")).toBe(true);
  });
});
