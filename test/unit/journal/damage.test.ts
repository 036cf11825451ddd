import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { openJournal } from "../../../src/journal/journal.ts";
import type { RunId } from "../../../src/core/ids.ts";
import type { Journal } from "../../../src/ports/journal.ts";
import { add, claimed, found } from "../../contract/journal/kit.ts";
import { freshFolder } from "./folder.ts";

const folder = freshFolder();
const fileOf = (): string => join(folder(), "journal.db");

interface Bench {
  readonly journal: Journal;
  readonly run: RunId;
  readonly raw: DatabaseSync;
}

/** A run of four facts, and the database file behind the journal's back. */
async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const journal = await openJournal({ file: fileOf() });
  const raw = new DatabaseSync(fileOf());
  try {
    const run = await found(journal);
    const claim = await claimed(journal, run);
    for (let next = 1; next < 4; next++) await add(journal, claim, next);
    await work({ journal, run, raw });
  } finally {
    raw.close();
    await journal.close();
  }
}

const corruptAt = (index: number) => ({ code: "journal_corrupt", details: { index } });

describe("a damaged journal is never believed", () => {
  for (const index of [0, 2, 3]) {
    it(`fact ${index} of four missing is named`, () =>
      withBench(async ({ journal, run, raw }) => {
        raw.exec(`delete from events where idx = ${index}`);
        await expect(journal.load(run)).rejects.toMatchObject(corruptAt(index));
      }));
  }

  it("a body cut at any byte, or with any byte changed, is named", () =>
    withBench(async ({ journal, run, raw }) => {
      const body = String(raw.prepare("select body from events where idx = 3").get()?.["body"]);
      const put = raw.prepare("update events set body = ? where idx = 3");
      for (let at = 0; at < body.length; at++) {
        const flipped = String.fromCodePoint((body.codePointAt(at) ?? 0) ^ 1);
        for (const damage of [body.slice(0, at), body.slice(0, at) + flipped + body.slice(at + 1)]) {
          put.run(damage);
          await expect(journal.load(run)).rejects.toMatchObject(corruptAt(3));
        }
      }
      put.run(body);
      expect(await journal.load(run)).toHaveLength(4);
    }));

  for (const change of ["at = '2020-01-01T00:00:00.000Z'", "epoch = 9", "type = 'run.finished'"]) {
    it(`a fact whose ${change.split(" ")[0]} was changed is named`, () =>
      withBench(async ({ journal, run, raw }) => {
        raw.exec(`update events set ${change} where idx = 1`);
        await expect(journal.load(run)).rejects.toMatchObject(corruptAt(1));
      }));
  }

  it("a fact of a newer version is refused with the reason", () =>
    withBench(async ({ journal, run, raw }) => {
      raw.exec("update events set version = 2 where idx = 2");
      const reason = expect.stringContaining("newer version");
      await expect(journal.load(run)).rejects.toMatchObject({ code: "journal_corrupt", details: { index: 2, reason } });
    }));
});

describe("opening", () => {
  it("data of a newer schema is refused, and left as it is", async () => {
    await (await openJournal({ file: fileOf() })).close();
    const raw = new DatabaseSync(fileOf());
    raw.exec("update schema_version set version = 99");
    await expect(openJournal({ file: fileOf() })).rejects.toMatchObject({ code: "data_newer", details: { found: 99 } });
    expect(raw.prepare("select version from schema_version").all()).toEqual([{ version: 99 }]);
    raw.close();
  });

  it("a file that is no database is refused", async () => {
    await expect(openJournal({ file: folder() })).rejects.toMatchObject({ code: "storage_unavailable" });
  });

  it("many openings at once migrate once", async () => {
    const journals = await Promise.all(Array.from({ length: 5 }, () => openJournal({ file: fileOf() })));
    const raw = new DatabaseSync(fileOf());
    expect(raw.prepare("select version from schema_version").all()).toEqual([{ version: 3 }]);
    raw.close();
    await Promise.all(journals.map((journal) => journal.close()));
  });

  it("a reader that takes long does not block the writer", async () => {
    const journal = await openJournal({ file: fileOf() });
    const raw = new DatabaseSync(fileOf());
    raw.exec("begin");
    raw.prepare("select count(*) from runs").get();
    const run = await found(journal);
    expect(await journal.head(run)).toBe(1);
    raw.exec("rollback");
    raw.close();
    await journal.close();
  });
});
