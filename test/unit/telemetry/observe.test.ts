import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import type { RunId } from "../../../src/core/ids.ts";
import { openJournal } from "../../../src/journal/journal.ts";
import type { Claim, Journal } from "../../../src/ports/journal.ts";
import { withObserver } from "../../../src/telemetry/observe.ts";
import type { Work } from "../../../src/telemetry/work.ts";
import { claimed, found, iso, START, working } from "../../contract/journal/kit.ts";
import { SMALL_RUN, treeOf, workOfEvents, wordsOf } from "../../support/traced-run.ts";
import { freshFolder } from "../journal/folder.ts";

const folder = freshFolder();

/** All facts of a run but the first, which `found` writes. */
const FACTS = SMALL_RUN.slice(1);

interface Process {
  readonly journal: Journal;
  readonly told: Work[];
  readonly failures: unknown[];
}

/** Another process on the same journal. */
async function start(take?: (work: Work) => void): Promise<Process> {
  const told: Work[] = [];
  const failures: unknown[] = [];
  const journal = withObserver(await openJournal({ file: join(folder(), "journal.db") }), {
    consumer: { take: take ?? ((work) => void told.push(work)) },
    failed: (_, error) => failures.push(error),
  });
  return { journal, told, failures };
}

let seconds = 0;
beforeEach(() => {
  seconds = 0;
});

async function append(journal: Journal, claim: Claim, events: readonly RunEvent[]): Promise<Claim> {
  for (const [place, event] of events.entries()) {
    seconds += 1;
    const entry = { next: claim.next + place, events: [event], at: iso(START + seconds * 1000), summary: working };
    expect(await journal.append(claim, entry)).toMatchObject({ kind: "appended" });
  }
  return { ...claim, next: claim.next + events.length };
}

const whole = treeOf(workOfEvents(SMALL_RUN));

test("what a process writes is told to it as it ends, and nothing is told twice", async () => {
  const { journal, told } = await start();
  const run = await found(journal);
  await append(journal, await claimed(journal, run), FACTS);
  await journal.close();
  expect(treeOf(told)).toEqual(whole);
  expect(told).toHaveLength(whole.length);
});

test("many facts in one append are told like one after another", async () => {
  const { journal, told } = await start();
  const claim = await claimed(journal, await found(journal));
  await journal.append(claim, { next: 1, events: FACTS, at: iso(START), summary: working });
  await journal.close();
  expect(told).toHaveLength(whole.length);
});

test.each([3, 5, 6, 9, 12])(
  "a run that another process takes over after fact %i is told on with the same ids, no piece twice",
  async (cut) => {
    const first = await start();
    const run: RunId = await found(first.journal);
    await append(first.journal, await claimed(first.journal, run), FACTS.slice(0, cut - 1));
    await first.journal.close();
    const second = await start();
    await append(second.journal, await claimed(second.journal, run, START + 120_000), FACTS.slice(cut - 1));
    await second.journal.close();
    const both = [...first.told, ...second.told];
    expect(treeOf(both)).toEqual(whole);
    expect(new Set(both.map(({ key }) => key)).size).toBe(both.length);
  },
);

test("facts that another process wrote in between are known, and told by it alone", async () => {
  const worker = await start();
  const web = await start();
  const run = await found(web.journal);
  const claim = await append(worker.journal, await claimed(worker.journal, run), FACTS.slice(0, 4));
  await web.journal.receive({ id: "later", body: "later" }, workOfEvents(SMALL_RUN)[0]!.subject!, {
    at: iso(START),
    admit: () => ({ run, events: [{ type: "run.resumed", command: null }] }),
  });
  await append(worker.journal, { ...claim, next: claim.next + 1 }, FACTS.slice(4));
  await worker.journal.close();
  await web.journal.close();
  expect(treeOf(worker.told)).toEqual(whole);
  expect(web.told).toEqual([]);
});

test("a journal that cannot be read harms no append", async () => {
  const journal = await openJournal({ file: join(folder(), "journal.db") });
  const unreadable: Journal = { ...journal, load: () => Promise.reject(new TypeError("unreadable")) };
  const failures: unknown[] = [];
  const observed = withObserver(unreadable, {
    consumer: { take: () => {} },
    failed: (_, error) => failures.push(error),
  });
  await append(observed, await claimed(observed, await found(observed)), FACTS);
  await observed.close();
  expect(String(failures[0])).toContain("unreadable");
});

test("a consumer that throws harms no append", async () => {
  const broken = await start((work) => {
    throw new TypeError(wordsOf(work));
  });
  const run = await found(broken.journal);
  await append(broken.journal, await claimed(broken.journal, run), FACTS);
  expect(broken.failures.length).toBeGreaterThan(0);
  await broken.journal.close();
});

test("an append that was refused is told to nobody", async () => {
  const { journal, told } = await start();
  const claim = await claimed(journal, await found(journal));
  const entry = { next: 5, events: FACTS, at: iso(START), summary: working };
  expect(await journal.append(claim, entry)).toMatchObject({ kind: "conflict" });
  await journal.close();
  expect(told).toEqual([]);
});
