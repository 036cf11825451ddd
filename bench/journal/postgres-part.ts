import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { JourneymanError } from "../../src/core/errors.ts";
import type { RunEvent } from "../../src/core/events.ts";
import { makeRunId } from "../../src/core/ids.ts";
import { openJournal } from "../../src/journal/journal.ts";
import type { Journal, LedgerEntry } from "../../src/ports/journal.ts";
import { startPostgres } from "../../test/support/postgres.ts";
import type { Report } from "../figure.ts";
import { claimedRun } from "../harness/prepared-run.ts";
import { byTurns, quantile, timed } from "../measure.ts";

/* The journal on a PostgreSQL server of this machine, against one row inserted and committed there by the same driver. */

const BYTES = 2048;
const ROUNDS = 8;
const EACH = 60;
const WRITERS = 8;
const SUMMARY = { status: "implement", live: true, dueAt: null, costMicroUsd: 0 };
const DAY = "2026-11-20";
const FACT: RunEvent = {
  type: "tool.returned",
  conversation: "implement.1",
  turn: 1,
  callId: "toolu_bench",
  content: "x".repeat(BYTES - 120),
  isError: false,
  durationMs: 1,
};

type Write = () => Promise<void>;

/** Appends to a run of its own; with money set aside in the accounts that all share, where asked. */
async function ourWriter(journal: Journal, issue: number, spends: boolean): Promise<Write> {
  const claim = await claimedRun(journal, makeRunId(Date.now(), randomBytes(10)), issue);
  let { next } = claim;
  return async () => {
    const accounts = [{ scope: "tenant", id: "bench", cap: null } as const];
    const entry: LedgerEntry = { kind: "reserve", day: DAY, key: `${claim.run}/${next}`, amount: 1, accounts };
    const at = new Date().toISOString();
    const ledger = spends ? [entry] : [];
    const appended = await journal.append(claim, { next, events: [FACT], at, summary: SUMMARY, ledger });
    if (appended.kind !== "appended") throw new JourneymanError("internal", { reason: appended.kind });
    next = appended.next;
  };
}

/** One row; with the shared row updated in the same transaction, where asked. */
function bareWriter(client: Client, spends: boolean): Write {
  const body = "x".repeat(BYTES);
  const insert = () => client.query("insert into facts (body) values ($1)", [body]);
  if (!spends) return async () => void (await insert());
  return async () => {
    await client.query("begin");
    await insert();
    await client.query("update total set amount = amount + 1");
    await client.query("commit");
  };
}

async function openClients(url: string, count: number): Promise<Client[]> {
  const clients = Array.from({ length: count }, () => new Client({ connectionString: url }));
  await Promise.all(clients.map((client) => client.connect()));
  return clients;
}

async function measureOne(report: Report, writers: Readonly<Record<"ours" | "row", Write>>): Promise<void> {
  const times = { ours: [] as number[], row: [] as number[] };
  const side = (name: keyof typeof times) => async (round: number) => {
    for (let n = 0; n < EACH; n++) {
      const ms = await timed(writers[name]);
      if (round > 0) times[name].push(ms);
    }
    return quantile(times[name].slice(-EACH), 0.5);
  };
  const medians = await byTurns(ROUNDS, { ours: side("ours"), row: side("row") });
  const name = "durable append of a 2 KB fact";
  const peer = "bare insert and commit, same server";
  report({ name: `${name}, p50`, unit: "ms", ours: medians.ours, peer: { name: peer, values: medians.row } });
  const p99 = (of: keyof typeof times) => [quantile(times[of], 0.99)];
  report({ name: `${name}, p99`, unit: "ms", ours: p99("ours"), peer: { name: peer, values: p99("row") } });
}

/** Writes in a second, all writers at once. */
const rateOf = (writers: readonly Write[]) => async (): Promise<number> => {
  const ms = await timed(async () => {
    await Promise.all(
      writers.map(async (write) => {
        for (let n = 0; n < EACH; n++) await write();
      }),
    );
  });
  return (writers.length * EACH * 1_000) / ms;
};

export async function measurePostgres(report: Report): Promise<void> {
  const server = await startPostgres();
  const url = await server.createDatabase();
  const journal = await openJournal({ url });
  const clients = await openClients(url, WRITERS);
  const [client] = clients;
  try {
    if (client === undefined) throw new JourneymanError("internal", { reason: "no client" });
    await client.query(
      "create table facts (n bigserial primary key, body text); create table total (amount bigint); insert into total values (0)",
    );
    await measureOne(report, { ours: await ourWriter(journal, 1, false), row: bareWriter(client, false) });
    const issues = clients.map((_, n) => n + 2);
    for (const spends of [false, true]) {
      const ours = await Promise.all(issues.map((n) => ourWriter(journal, n + (spends ? 100 : 0), spends)));
      const rates = await byTurns(ROUNDS, {
        ours: rateOf(ours),
        row: rateOf(clients.map((each) => bareWriter(each, spends))),
      });
      const name = `appends of ${WRITERS} runs at once${spends ? ", each with money of one account" : ""}`;
      const peer = spends ? "bare insert and update of one shared row" : "bare insert and commit, same server";
      report({ name, unit: "per second", ours: rates.ours, peer: { name: peer, values: rates.row } });
    }
  } finally {
    for (const each of clients) await each.end();
    await journal.close();
    await server.stop();
  }
}
