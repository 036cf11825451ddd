import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import type { RunId } from "../../../src/core/ids.ts";
import { openJournal } from "../../../src/journal/journal.ts";
import type { Account } from "../../../src/ports/journal.ts";
import { add, claimed } from "../../contract/journal/kit.ts";
import { freshFolder } from "./folder.ts";

const FIXTURE = new URL("../../../fixtures/journals/schema-1.sql", import.meta.url);
const RUN = "01kafvkm00aaaaaaaaaaaaaaaa" as RunId;
const DAY = "2026-11-20";
const TENANT: Account = { scope: "tenant", id: "github.com/11" };
const REPOSITORY: Account = { scope: "repository", id: "github.com/22" };

const folder = freshFolder();

/** The journal of schema 1, as this program opens it. */
async function migrated() {
  const file = join(folder(), "journal.db");
  const old = new DatabaseSync(file);
  old.exec(readFileSync(FIXTURE, "utf8"));
  old.close();
  return { file, journal: await openJournal({ file }) };
}

describe("a journal of schema 1", () => {
  it("keeps its facts and the tenant's day, and counts repositories from now on", async () => {
    const { journal } = await migrated();
    expect(await journal.load(RUN)).toHaveLength(4);
    expect([await journal.spent(TENANT, DAY), await journal.spent(REPOSITORY, DAY)]).toEqual([420_000, 0]);
    const claim = await claimed(journal, RUN);
    const accounts = [
      { ...TENANT, cap: 1_000_000 },
      { ...REPOSITORY, cap: 500_000 },
    ];
    const entry = { kind: "reserve", day: DAY, key: `${RUN}/4`, amount: 500_000, accounts } as const;
    expect(await add(journal, claim, 4, { ledger: entry })).toMatchObject({ kind: "appended" });
    expect([await journal.spent(TENANT, DAY), await journal.spent(REPOSITORY, DAY)]).toEqual([920_000, 500_000]);
    await journal.close();
  });

  it("settles what was reserved before, for the tenant alone", async () => {
    const { journal } = await migrated();
    const claim = await claimed(journal, RUN);
    await add(journal, claim, 4, { ledger: { kind: "settle", key: `${RUN}/3`, amount: 30_000 } });
    expect([await journal.spent(TENANT, DAY), await journal.spent(REPOSITORY, DAY)]).toEqual([150_000, 0]);
    await journal.close();
  });

  it("is migrated once: opened again it is the same", async () => {
    const { file, journal } = await migrated();
    await journal.close();
    const again = await openJournal({ file });
    expect(await again.spent(TENANT, DAY)).toBe(420_000);
    await again.close();
  });
});
