import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { factLine } from "../../../src/journal/fact-line.ts";
import type { RunId } from "../../../src/core/ids.ts";
import { exportPath, withExport } from "../../../src/journal/export.ts";
import { sealedPath, sealExport } from "../../../src/journal/export-seal.ts";
import { sweepExports } from "../../../src/journal/export-sweep.ts";
import { openJournal } from "../../../src/journal/journal.ts";
import type { Journal, RunSummary } from "../../../src/ports/journal.ts";
import { add, claimed, commanded, found, iso, newRun, START, subject } from "../../contract/journal/kit.ts";
import { freshFolder } from "./folder.ts";

const DAY_MS = 86_400_000;

const folder = freshFolder();
const runs = (): string => join(folder(), "runs");
const bare = (): Promise<Journal> => openJournal({ file: join(folder(), "journal.db") });
const open = async (): Promise<Journal> => withExport(await bare(), runs());

const over: RunSummary = { status: "done", live: false, dueAt: null, costMicroUsd: 0 };
const owing: RunSummary = { ...over, dueAt: iso(START) };
const finished: RunEvent = { type: "run.finished", outcome: "cancelled", code: null, details: {} };

async function end(journal: Journal, run: RunId, summary = over): Promise<void> {
  const claim = await claimed(journal, run);
  await add(journal, claim, claim.next, { events: [finished], summary });
  await journal.release(claim, claim.next + 1);
}

/** A run that is over, written by a process that has ended. */
async function ended(summary = over): Promise<RunId> {
  const journal = await open();
  const run = await found(journal);
  await end(journal, run, summary);
  await journal.close();
  return run;
}

const namesOf = (run: RunId): Promise<string[]> => readdir(dirname(exportPath(runs(), run))).catch(() => []);

async function expectSealed(run: RunId): Promise<void> {
  expect(await namesOf(run)).toEqual([`${run}.jsonl.gz`]);
  const journal = await bare();
  const facts = await journal.load(run);
  await journal.close();
  const text = gunzipSync(await readFile(sealedPath(exportPath(runs(), run)))).toString();
  expect(text).toBe(facts.map((fact) => `${factLine(fact)}\n`).join(""));
}

/** A person writes once more. */
const receive = (journal: Journal, run: RunId, id: string) =>
  journal.receive({ id, body: `body-${id}` }, subject(), {
    at: iso(START),
    admit: () => ({ run, events: [commanded(id)] }),
  });

describe("the file of a run that is over", () => {
  it("is compressed and whole, and the text is gone", async () => {
    await expectSealed(await ended());
  });

  it("stays text while something is owed", async () => {
    const run = await ended(owing);
    expect(await namesOf(run)).toEqual([`${run}.jsonl`]);
  });

  it("takes in a late fact: as text beside it, which counts, until the run rests again", async () => {
    const run = await ended();
    const journal = await open();
    await receive(journal, run, "late");
    await journal.close();
    expect(await namesOf(run)).toEqual([`${run}.jsonl`, `${run}.jsonl.gz`]);
    expect((await readFile(exportPath(runs(), run), "utf8")).trimEnd().split("\n")).toHaveLength(3);
    const again = await open();
    await end(again, run);
    await again.close();
    await expectSealed(run);
  });

  it("is whole whatever two processes do to it at once", async () => {
    const [one, two, quiet] = await Promise.all([open(), open(), bare()]);
    const run = await found(one);
    for (let round = 0; round < 15; round++) {
      await end(round % 2 === 0 ? one : two, run);
      await Promise.all([
        sealExport(quiet, exportPath(runs(), run), run),
        receive(round % 2 === 0 ? two : one, run, `late-${round}`),
        sealExport(quiet, exportPath(runs(), run), run),
      ]);
    }
    await end(one, run);
    await Promise.all([one.close(), two.close(), quiet.close()]);
    const journal = await open();
    await end(journal, run);
    await journal.close();
    await expectSealed(run);
  });

  it("a fact that arrives while it is sealed is in it, or in a text of its own", async () => {
    const journal = await bare();
    const run = await found(journal);
    await end(journal, run);
    let isLate = true;
    const racing: Journal = {
      ...journal,
      async load(which, from) {
        const facts = await journal.load(which, from);
        if (isLate) {
          isLate = false;
          await receive(journal, run, "late");
        }
        return facts;
      },
    };
    await sealExport(racing, exportPath(runs(), run), run);
    await journal.close();
    await expectSealed(run);
  });
});

describe("the sweep of exported files", () => {
  const now = START + 100 * DAY_MS;
  const times = { before: now - 30 * DAY_MS, now };

  const age = (path: string, at: number) => utimes(path, new Date(at), new Date(at));
  const sweep = async (at = times) => {
    const journal = await bare();
    const swept = await sweepExports(journal, runs(), at);
    await journal.close();
    return swept;
  };

  it("removes those of runs that were over long ago, and the folder of their day", async () => {
    const run = await ended();
    await age(sealedPath(exportPath(runs(), run)), START);
    expect(await sweep()).toEqual({ removed: 1, sealed: 0 });
    expect(await readdir(runs())).toEqual([]);
    expect(await sweep()).toEqual({ removed: 0, sealed: 0 });
  });

  it("leaves those that were written to lately, and those of runs that are live, wait or owe something", async () => {
    const young = await ended();
    const journal = await open();
    const live = await found(journal, subject(8), newRun(START + 8));
    const owes = await found(journal, subject(9), newRun(START + 9));
    await end(journal, owes, owing);
    await journal.close();
    await age(sealedPath(exportPath(runs(), young)), now - DAY_MS);
    for (const run of [live, owes]) await age(exportPath(runs(), run), START);
    expect(await sweep()).toEqual({ removed: 0, sealed: 0 });
    expect(await namesOf(young)).toHaveLength(3);
  });

  it("seals what a crash left as text, and removes what a writer left half done", async () => {
    const run = await ended();
    const path = exportPath(runs(), run);
    await writeFile(path, "half a li");
    const torn = `${sealedPath(path)}.00000000-0000-4000-8000-000000000000.tmp`;
    await writeFile(torn, "half");
    // What is sealed has the time of this machine's clock.
    const today = Date.now();
    for (const one of [path, torn]) await age(one, today - 2 * DAY_MS);
    expect(await sweep({ before: today - 30 * DAY_MS, now: today })).toEqual({ removed: 1, sealed: 1 });
    await expectSealed(run);
  });

  it("removes the old file of a run that the journal no longer has, and leaves a young one", async () => {
    const [gone, kept] = [newRun(START), newRun(START + 1)];
    for (const run of [gone, kept]) {
      await mkdir(dirname(exportPath(runs(), run)), { recursive: true });
      await writeFile(sealedPath(exportPath(runs(), run)), "");
    }
    await age(sealedPath(exportPath(runs(), gone)), START);
    await age(sealedPath(exportPath(runs(), kept)), now - DAY_MS);
    expect(await sweep()).toEqual({ removed: 1, sealed: 0 });
    expect(await namesOf(kept)).toEqual([`${kept}.jsonl.gz`]);
  });

  it("leaves what is not an export", async () => {
    const day = join(runs(), "2026-11-20");
    await mkdir(join(runs(), "notes"), { recursive: true });
    await mkdir(day, { recursive: true });
    await writeFile(join(day, "readme.txt"), "");
    await age(join(day, "readme.txt"), START);
    expect(await sweep()).toEqual({ removed: 0, sealed: 0 });
    expect((await readdir(runs(), { recursive: true })).toSorted()).toEqual([
      "2026-11-20",
      "2026-11-20/readme.txt",
      "notes",
    ]);
  });
});
