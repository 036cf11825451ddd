import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RunId } from "../../src/core/ids.ts";
import { openJournal } from "../../src/journal/journal.ts";
import type { Journal } from "../../src/ports/journal.ts";
import { type CuttingProxy, startCuttingProxy } from "../support/cutting-proxy.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import {
  add,
  claimed,
  commanded,
  found,
  iso,
  newRun,
  noted,
  requested,
  START,
  subject,
  working,
} from "./journal/kit.ts";
import { startChild, startProgram } from "./journal/processes.ts";

/* What a journal on a server must do beside the contract. What happens when the server dies: journal-postgres-crashes.test.ts. */

let server: Postgres;
let url: string;
let journal: Journal;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  url = await server.createDatabase();
  journal = await openJournal({ url });
});
afterEach(() => journal.close());

/** Statements behind the journal's back. */
async function raw(sql: string, address = url): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: address });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const typesOf = async (run: RunId): Promise<string[]> => (await journal.load(run)).map(({ event }) => event.type);

describe("a connection that is cut at a commit", () => {
  let proxy: CuttingProxy;
  let behind: Journal;
  beforeEach(async () => {
    proxy = await startCuttingProxy(server.port);
    behind = await openJournal({ url: url.replace(`:${server.port}/`, `:${proxy.port}/`) });
  });
  afterEach(async () => {
    await behind.close();
    await proxy.close();
  });

  for (const when of ["before", "after"] as const) {
    it(`${when} the server did it: an append is written once and answered so`, async () => {
      const run = await found(journal);
      const claim = await claimed(journal, run);
      proxy.cutNext(when);
      expect(await add(behind, claim, 1)).toEqual({ kind: "appended", next: 2 });
      expect(proxy.cuts).toBe(1);
      expect(await journal.head(run)).toBe(2);
      expect(await journal.load(run)).toHaveLength(2);
    });

    it(`${when} the server did it: a reservation is counted once`, async () => {
      const claim = await claimed(journal, await found(journal));
      const account = { scope: "tenant", id: "t" } as const;
      proxy.cutNext(when);
      const accounts = [{ ...account, cap: 100 }];
      const ledger = { kind: "reserve", day: "2026-11-20", key: "k", amount: 60, accounts } as const;
      expect(await add(behind, claim, 1, { ledger })).toMatchObject({ kind: "appended" });
      expect([proxy.cuts, await journal.spent(account, "2026-11-20")]).toEqual([1, 60]);
    });

    it(`${when} the server did it: a delivery is taken in once and is no duplicate of itself`, async () => {
      const run = newRun();
      proxy.cutNext(when);
      const entry = { at: iso(START), admit: () => ({ run, events: [requested()] }) };
      expect(await behind.receive({ id: "a", body: "a" }, subject(), entry)).toEqual({
        kind: "accepted",
        run,
        index: 0,
      });
      expect([proxy.cuts, await typesOf(run)]).toEqual([1, ["run.requested"]]);
    });

    it(`${when} the server did it: a claim is had, under one new epoch`, async () => {
      const run = await found(journal);
      proxy.cutNext(when);
      expect(await claimed(behind, run)).toEqual({ run, epoch: 1, next: 1 });
      expect([proxy.cuts, (await journal.find(run))?.epoch]).toEqual([1, 1]);
    });
  }

  it("and a server that is away for a moment, are waited for", async () => {
    const run = await found(journal);
    proxy.refuse();
    const asked = Promise.all([claimed(behind, run), behind.load(run)]);
    await sleep(500);
    proxy.accept();
    expect(await asked).toMatchObject([{ epoch: 1 }, [{ index: 0 }]]);
  });

  it("and nobody answers afterwards: the store is unavailable, and one who asks again sees what came of it", async () => {
    const run = await found(journal);
    const claim = await claimed(journal, run);
    proxy.cutNext("after", "andRefuse");
    await expect(add(behind, claim, 1)).rejects.toMatchObject({ code: "storage_unavailable" });
    proxy.accept();
    expect(await add(behind, claim, 1)).toEqual({ kind: "conflict", next: 2 });
    const keys = { id: "d", body: "d" };
    const entry = { at: iso(START), admit: () => ({ run, events: [commanded("d")] }) };
    proxy.cutNext("after", "andRefuse");
    await expect(behind.receive(keys, subject(), entry)).rejects.toMatchObject({ code: "storage_unavailable" });
    proxy.accept();
    expect(await behind.receive(keys, subject(), entry)).toEqual({ kind: "duplicate" });
    expect(await typesOf(run)).toEqual(["run.requested", "message.added", "command.received"]);
  });
});

it("a process that is stopped in a transaction loses its locks, and the others go on", async () => {
  const run = await found(journal);
  const child = startProgram("stopping-child.ts", { address: url, run });
  await child.heard("stopping", 1);
  const claim = await claimed(journal, run);
  expect(await add(journal, claim, 1)).toEqual({ kind: "appended", next: 2 });
  expect(await typesOf(run)).toEqual(["run.requested", "message.added"]);
  await child.kill();
});

it("transactions of different runs do not wait for each other", async () => {
  const stopped = await found(journal);
  const other = await found(journal, subject(2), newRun(START + 1));
  const free = await claimed(journal, other);
  const blocker = startProgram("stopping-child.ts", { address: url, run: stopped });
  await blocker.heard("stopping", 1);
  let waited = true;
  const blocked = claimed(journal, stopped).finally(() => (waited = false));
  expect(await add(journal, free, 1)).toMatchObject({ kind: "appended" });
  expect(await add(journal, free, 2)).toMatchObject({ kind: "appended" });
  expect(waited).toBe(true);
  expect(await blocked).toMatchObject({ epoch: 1 });
  await blocker.kill();
});

describe("the tables", () => {
  it("are made once by many processes that start at once", async () => {
    const fresh = await server.createDatabase();
    const run = newRun();
    const children = Array.from({ length: 4 }, () => startChild({ address: fresh, run, now: START }));
    const journals = await Promise.all(Array.from({ length: 4 }, () => openJournal({ url: fresh })));
    await Promise.all(children.map((child) => child.ended()));
    // Each of them found the tables: the run is not there, so nobody claims it.
    for (const { said } of children) expect(said).toEqual([{ kind: "claimed", epoch: null }]);
    expect(await raw("select count(*)::int as rows from schema_version", fresh)).toEqual([{ rows: 1 }]);
    await Promise.all(journals.map((opened) => opened.close()));
  });

  it("of schema 1 are brought forward with what they hold", async () => {
    const old = await server.createDatabase();
    await raw(readFileSync(new URL("../../fixtures/journals/schema-1.sql", import.meta.url), "utf8"), old);
    const opened = await openJournal({ url: old });
    expect(await opened.load("01kafvkm00aaaaaaaaaaaaaaaa" as RunId)).toHaveLength(4);
    expect(await opened.spent({ scope: "tenant", id: "github.com/11" }, "2026-11-20")).toBe(420_000);
    await opened.close();
  });

  it("of a newer program are refused with both versions", async () => {
    await raw("update schema_version set version = 99");
    await expect(openJournal({ url })).rejects.toMatchObject({ code: "data_newer", details: { found: 99 } });
  });

  it("are not made by those who only look", async () => {
    const empty = await server.createDatabase();
    await expect(openJournal({ url: empty }, "existing")).rejects.toMatchObject({ code: "journal_missing" });
    expect(await raw("select 1 from pg_tables where schemaname = 'public'", empty)).toEqual([]);
    const opened = await openJournal({ url }, "existing");
    expect(await opened.runs({ limit: 1 })).toEqual([]);
    await opened.close();
  });
});

it("a wrong password and a missing database are said at once, in words of our own", async () => {
  const started = Date.now();
  const { password } = new URL(url);
  const refused = (address: string) =>
    openJournal({ url: address }).then(
      () => "",
      (error: Error) => error.message,
    );
  const wrong = await refused(url.replace(password, "not-the-password"));
  expect(wrong).toContain("the server refuses the user or the password, 28P01");
  expect(wrong).not.toContain("not-the-password");
  expect(await refused(server.url("nowhere"))).toContain("the database does not exist, 3D000");
  expect(Date.now() - started).toBeLessThan(3_000);
});

describe("a damaged row", () => {
  const damages: readonly (readonly [string, string, number])[] = [
    ["a fact that is missing in the middle", "delete from events where idx = 2", 2],
    ["the last fact missing", "delete from events where idx = 3", 3],
    ["a body with one letter changed", "update events set body = replace(body, 'fact', 'fakt') where idx = 1", 1],
    ["a body cut short", "update events set body = left(body, length(body) - 1) where idx = 3", 3],
    ["another time", "update events set at = '2020-01-01T00:00:00.000Z' where idx = 1", 1],
    ["another epoch", "update events set epoch = 9 where idx = 1", 1],
    ["another checksum", "update events set sum = sum # 1 where idx = 2", 2],
  ];
  for (const [name, sql, index] of damages) {
    it(`${name} is refused with its place, and other runs go on`, async () => {
      const run = await found(journal, subject(1));
      const claim = await claimed(journal, run);
      for (let next = 1; next < 4; next++) await add(journal, claim, next);
      const other = await found(journal, subject(2), newRun(START + 5));
      await raw(`${sql} and run = '${run}'`);
      await expect(journal.load(run)).rejects.toMatchObject({ code: "journal_corrupt", details: { run, index } });
      expect(await add(journal, await claimed(journal, other), 1)).toMatchObject({ kind: "appended" });
      expect(await journal.load(other)).toHaveLength(2);
    });
  }
});

it("the same fact has the same checksum in both stores", async () => {
  const run = await found(journal);
  const claim = await claimed(journal, run);
  const text = "\u0000 'quotes' \u2028 émoji 🥄 \ud800 \\ \n";
  await add(journal, claim, 1, { events: [noted(text)], summary: working });
  const [row] = await raw("select sum, body from events where idx = 1");
  const sqlite = await openJournal({ file: ":memory:" });
  await found(sqlite, subject(), run);
  await add(sqlite, await claimed(sqlite, run), 1, { events: [noted(text)] });
  expect(await sqlite.load(run)).toEqual(await journal.load(run));
  await sqlite.close();
  expect(Number(row?.["sum"])).toBeGreaterThan(0);
});
