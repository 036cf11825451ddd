import { appendFile, mkdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { factLine } from "../../../src/journal/fact-line.ts";
import type { RunId } from "../../../src/core/ids.ts";
import { exportPath, withExport } from "../../../src/journal/export.ts";
import { openJournal } from "../../../src/journal/journal.ts";
import type { Journal } from "../../../src/ports/journal.ts";
import { add, claimed, found, START } from "../../contract/journal/kit.ts";
import { freshFolder } from "./folder.ts";

const folder = freshFolder();
const runs = (): string => join(folder(), "runs");

const openExported = async (failed?: (run: RunId, error: unknown) => void): Promise<Journal> =>
  withExport(await openJournal({ file: join(folder(), "journal.db") }), runs(), failed);

/** Opens, appends `count` facts to a run (a new one, or `run`), and closes, so that the file is written. */
async function grow(count: number, run?: RunId): Promise<RunId> {
  const journal = await openExported();
  const grown = run ?? (await found(journal));
  const now = START + (await journal.head(grown)) * 120_000;
  const claim = await claimed(journal, grown, now);
  for (let n = 0; n < count; n++) await add(journal, claim, claim.next + n, { at: now });
  await journal.close();
  return grown;
}

/** The file holds exactly the journal's facts. */
async function expectWhole(run: RunId): Promise<void> {
  const journal = await openExported();
  const facts = await journal.load(run);
  await journal.close();
  const text = await readFile(exportPath(runs(), run), "utf8");
  expect(text).toBe(facts.map((fact) => `${factLine(fact)}\n`).join(""));
}

describe("the export follows the journal", () => {
  it("a run's file lies under the day it began and holds one line a fact", async () => {
    const run = await grow(5);
    expect(exportPath(runs(), run)).toBe(join(runs(), "2026-11-20", `${run}.jsonl`));
    await expectWhole(run);
    expect((await readFile(exportPath(runs(), run), "utf8")).trimEnd().split("\n")).toHaveLength(6);
  });

  const damages: [string, (path: string) => Promise<void>][] = [
    ["a torn last line", async (path) => truncate(path, (await readFile(path)).byteLength - 10)],
    ["a last line without its end", async (path) => truncate(path, (await readFile(path)).byteLength - 1)],
    ["half a line too much", (path) => appendFile(path, '{"run":"x","ind')],
    ["a line that was written twice", async (path) => appendFile(path, await readFile(path))],
    ["an empty file", (path) => truncate(path, 0)],
    ["no file", (path) => rm(path)],
    ["something else entirely", (path) => writeFile(path, "\u0000\n\nhello\n")],
  ];
  for (const [name, damage] of damages) {
    it(`${name} is mended by the next append`, async () => {
      const run = await grow(3);
      await damage(exportPath(runs(), run));
      await grow(1, run);
      await expectWhole(run);
    });
  }

  it("facts that another program wrote without the export are caught up with", async () => {
    const run = await grow(1);
    const bare = await openJournal({ file: join(folder(), "journal.db") });
    const claim = await claimed(bare, run, START + 1_000_000);
    await add(bare, claim, claim.next, { at: START + 1_000_000 });
    await bare.release(claim, claim.next + 1);
    await bare.close();
    await grow(1, run);
    await expectWhole(run);
  });

  it("two programs that write the same run's file do not double a line", async () => {
    const [one, two] = await Promise.all([openExported(), openExported()]);
    const run = await found(one);
    for (let n = 0; n < 20; n++) {
      const journal = n % 2 === 0 ? one : two;
      const claim = await claimed(journal, run);
      await add(journal, claim, claim.next);
      await journal.release(claim, claim.next + 1);
    }
    await Promise.all([one.close(), two.close()]);
    await expectWhole(run);
  });

  it("a file that cannot be written stops no append, and is told", async () => {
    await writeFile(runs(), "a file where the folder should be");
    const told: RunId[] = [];
    const journal = await openExported((run) => told.push(run));
    const run = await found(journal);
    const claim = await claimed(journal, run);
    expect(await add(journal, claim, 1)).toEqual({ kind: "appended", next: 2 });
    await journal.close();
    expect(new Set(told)).toEqual(new Set([run]));
    // When the obstacle is gone, the next append brings everything.
    await rm(runs());
    await mkdir(runs());
    await grow(1, run);
    await expectWhole(run);
  });
});
