import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sweepOld } from "../../../src/app/retention.ts";
import { admit } from "../../../src/core/admit.ts";
import { digestOf } from "../../../src/core/digest.ts";
import type { EventOf, RunEvent } from "../../../src/core/events.ts";
import { fold } from "../../../src/core/evolve.ts";
import { Digest, type RunId, Sha } from "../../../src/core/ids.ts";
import type { Intent } from "../../../src/core/intent.ts";
import { openArtifacts } from "../../../src/journal/artifacts.ts";
import { withExport } from "../../../src/journal/export.ts";
import { openJournal } from "../../../src/journal/journal.ts";
import { systemClock } from "../../../src/local/clock.ts";
import type { Artifacts, Journal, RunSummary } from "../../../src/ports/journal.ts";
import { add, claimed, found, iso, newRun, START, subject, working } from "../../contract/journal/kit.ts";
import { freshFolder } from "./folder.ts";

const DAY_MS = 86_400_000;
const LATER = START + 40 * DAY_MS;

const folder = freshFolder();
let journal: Journal;
let artifacts: Artifacts;
/** The time of puts and sweeps. */
let now = START;
beforeEach(async () => {
  now = START;
  journal = withExport(await openJournal({ file: join(folder(), "journal.db") }), join(folder(), "runs"));
  artifacts = openArtifacts(join(folder(), "artifacts"), () => now);
});
afterEach(() => journal.close());

const over: RunSummary = { status: "done", live: false, dueAt: null, costMicroUsd: 0 };
const finished: RunEvent = { type: "run.finished", outcome: "cancelled", code: null, details: {} };

const checkpoint = (digest: Digest): EventOf<"checkpoint.saved"> => ({
  type: "checkpoint.saved",
  conversation: "implement.1",
  turn: 1,
  changes: [
    {
      status: "added",
      path: "a.txt",
      mode: "100644",
      size: 1,
      blob: Sha.parse("0".repeat(40)),
      artifact: digest,
    },
  ],
  refused: [],
  ignored: 0,
});

const put = (text: string): Promise<Digest> => artifacts.put(new TextEncoder().encode(text));

/** A run with one file, at its end in the given state. */
async function runWith(text: string, summary: RunSummary, issue: number): Promise<RunId> {
  const run = await found(journal, subject(issue), newRun(START + issue));
  const claim = await claimed(journal, run);
  await add(journal, claim, claim.next, { events: [checkpoint(await put(text)), finished], summary });
  await journal.release(claim, claim.next + 2);
  return run;
}

const sweep = (days = 30) =>
  sweepOld({ journal, artifacts, clock: { ...systemClock, now: () => now } }, { days, dataDir: folder() });

const isThere = (text: string): Promise<boolean> =>
  artifacts.get(digestOf(text)).then(
    () => true,
    () => false,
  );

describe("a sweep", () => {
  it("removes a run that is over for longer with its artifacts, and once only", async () => {
    const run = await runWith("old", over, 7);
    now = LATER;
    expect(await sweep()).toMatchObject({ runs: 1, artifacts: 1 });
    expect(await journal.find(run)).toBeNull();
    expect(await journal.load(run)).toEqual([]);
    expect(await isThere("old")).toBe(false);
    expect(await sweep()).toEqual({ runs: 0, files: 0, sealed: 0, artifacts: 0 });
  });

  it("leaves runs that are young, live, wait for somebody or still owe something", async () => {
    const summaries: RunSummary[] = [
      { ...working, dueAt: null, status: "waits for an approval" },
      { ...working, dueAt: iso(LATER + DAY_MS), status: "held up" },
      { ...over, dueAt: iso(START) },
    ];
    const runs = [];
    for (const [index, summary] of summaries.entries()) runs.push(await runWith(`kept ${index}`, summary, index + 1));
    now = LATER;
    expect(await sweep()).toMatchObject({ runs: 0, artifacts: 0 });
    for (const [index, run] of runs.entries()) {
      expect((await journal.load(run)).length).toBeGreaterThan(0);
      expect(await isThere(`kept ${index}`)).toBe(true);
    }
    const young = await runWith("young", over, 9);
    now = START + 29 * DAY_MS;
    expect(await sweep()).toMatchObject({ runs: 0, artifacts: 0 });
    expect(await journal.find(young)).not.toBeNull();
  });

  it("collects what no fact names, but not what was put within a day", async () => {
    await put("orphan");
    now = START + 2 * DAY_MS;
    await put("fresh orphan");
    expect(await sweep()).toMatchObject({ artifacts: 1 });
    expect([await isThere("orphan"), await isThere("fresh orphan")]).toEqual([false, true]);
  });

  it("a fork keeps the facts and artifacts it shares with a run that is gone", async () => {
    const origin = await runWith("shared", over, 7);
    const run = newRun(LATER);
    const time = iso(LATER - DAY_MS);
    const forked: RunEvent = {
      type: "run.forked",
      origin,
      at: 1,
      publish: false,
      from: null,
      model: null,
      settings: null,
      prompts: {},
      budgetMicroUsd: null,
      by: { id: 1, login: "mona", type: "User", viaApp: false },
    };
    const made = await journal.fork({
      run,
      origin,
      at: 1,
      events: [forked],
      time,
      summary: over,
      silent: true,
      takesOver: false,
    });
    expect(made.kind).toBe("forked");
    now = LATER;
    expect(await sweep()).toMatchObject({ runs: 1, artifacts: 0 });
    expect(await journal.find(origin)).toBeNull();
    expect((await journal.find(run))?.facts).toBe(3);
    expect(await isThere("shared")).toBe(true);
  });

  it("more runs than one transaction removes all go", async () => {
    for (let issue = 1; issue <= 120; issue++) await runWith("same", over, issue);
    now = LATER;
    expect(await sweep()).toMatchObject({ runs: 120, artifacts: 1 });
  });

  it("several at once remove the same, and none fails", async () => {
    for (let issue = 1; issue <= 20; issue++) await runWith(`file ${issue}`, over, issue);
    now = LATER;
    const swept = await Promise.all([sweep(), sweep(), sweep()]);
    expect(swept.reduce((sum, { runs }) => sum + runs, 0)).toBe(20);
    expect(await journal.runs({ limit: 100 })).toEqual([]);
    expect(await isThere("file 1")).toBe(false);
  });

  it("with a fact that cannot be read nothing is collected, and the place is named", async () => {
    const run = await runWith("precious", working, 7);
    const database = new DatabaseSync(join(folder(), "journal.db"));
    database.prepare("update events set body = '{\"type' where idx = 1").run();
    database.close();
    now = LATER;
    await expect(sweep()).rejects.toMatchObject({ code: "journal_corrupt", details: { run, index: 1 } });
    expect(await isThere("precious")).toBe(true);
  });

  it("more facts that name artifacts than one page holds are all read", async () => {
    const run = await found(journal);
    const claim = await claimed(journal, run);
    const digests = Array.from({ length: 1_201 }, (_, index) => digestOf(`page ${index}`));
    await add(journal, claim, 1, { events: digests.map(checkpoint) });
    expect(await journal.referred()).toEqual(new Set(digests));
  });
});

describe("deliveries", () => {
  const again = () => {
    const keys = { id: "delivery", body: "delivery-body" };
    return journal.receive(keys, subject(), { at: iso(START), admit: () => null });
  };

  it("are remembered for a week longer than runs, whatever RETENTION_DAYS says", async () => {
    expect((await again()).kind).toBe("ignored");
    now = START + 7 * DAY_MS;
    await sweep(1);
    expect((await again()).kind).toBe("duplicate");
    now = START + 8 * DAY_MS + 1;
    await sweep(1);
    expect((await again()).kind).toBe("ignored");
  });
});

describe("a command on an issue whose runs are gone", () => {
  const intent: Intent = {
    subject: subject(),
    title: "Fix the spoon",
    isPullRequest: false,
    actor: { id: 1, login: "mona", type: "User", viaApp: false },
    command: { name: "approve", digest: null, budgetUsd: null, model: null },
    comment: null,
  };

  it("founds a run, in which it is answered as on an issue that never had one", async () => {
    const gone = await runWith("old", over, 7);
    now = LATER;
    await sweep();
    const run = newRun(LATER);
    const receipt = await journal.receive({ id: "late", body: "late-body" }, subject(), {
      at: iso(LATER),
      admit: (known) => {
        expect(known).toEqual({ live: null, latest: null });
        return admit(intent, { deliveryId: "late", newRun: run }, known);
      },
    });
    expect(receipt).toEqual({ kind: "accepted", run, index: 0 });
    const facts = await journal.load(run);
    expect(facts.map(({ event }) => event.type)).toEqual(["run.requested", "command.received"]);
    expect(fold(run, facts).commands).toHaveLength(1);
    expect(await journal.find(gone)).toBeNull();
  });
});
