import { randomBytes } from "node:crypto";
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { JourneymanError } from "../../src/core/errors.ts";
import type { RunEvent } from "../../src/core/events.ts";
import { makeRunId } from "../../src/core/ids.ts";
import { openJournal } from "../../src/journal/journal.ts";
import { claimedRun } from "../harness/prepared-run.ts";
import type { Report } from "../figure.ts";
import { byTurns, quantile, timed } from "../measure.ts";

/* A durable fact of 2 KB: the journal against a file that is synced, and against one row of the same database. */

const BYTES = 2048;
const ROUNDS = 8;
const EACH = 60;
const SUMMARY = { status: "implement", live: true, dueAt: null, costMicroUsd: 0 };
const FACT: RunEvent = {
  type: "tool.returned",
  conversation: "implement.1",
  turn: 1,
  callId: "toolu_bench",
  content: "x".repeat(BYTES - 120),
  isError: false,
  durationMs: 1,
};

/** Something that makes 2 KB durable, and can be closed. */
interface Writer {
  write(): Promise<void>;
  close(): Promise<void>;
}

function openFile(directory: string): Writer {
  const file = openSync(join(directory, "raw"), "a");
  const bytes = Buffer.alloc(BYTES, "x");
  return {
    write: async () => {
      writeSync(file, bytes);
      fdatasyncSync(file);
    },
    close: async () => closeSync(file),
  };
}

function openTable(directory: string): Writer {
  const database = new DatabaseSync(join(directory, "bare.sqlite"));
  database.exec(
    "pragma journal_mode = wal; pragma synchronous = full; create table facts (n integer primary key, body text)",
  );
  const insert = database.prepare("insert into facts (body) values (?)");
  const body = "x".repeat(BYTES);
  return { write: async () => void insert.run(body), close: async () => database.close() };
}

async function openOurs(directory: string): Promise<Writer> {
  const journal = await openJournal({ file: join(directory, "journal.sqlite") });
  const claim = await claimedRun(journal, makeRunId(Date.now(), randomBytes(10)), 1);
  let { next } = claim;
  return {
    write: async () => {
      const appended = await journal.append(claim, {
        next,
        events: [FACT],
        at: new Date().toISOString(),
        summary: SUMMARY,
      });
      if (appended.kind !== "appended") throw new JourneymanError("internal", { reason: appended.kind });
      next = appended.next;
    },
    close: () => journal.close(),
  };
}

/** Measures in blocks, so that each writer has the disk's attention for a moment; every single write is kept. */
async function measureWrites(writers: Readonly<Record<"ours" | "table" | "file", Writer>>) {
  const times = { ours: [] as number[], table: [] as number[], file: [] as number[] };
  const side = (name: keyof typeof times) => async (round: number) => {
    for (let n = 0; n < EACH; n++) {
      const ms = await timed(writers[name].write);
      if (round > 0) times[name].push(ms);
    }
    return quantile(times[name].slice(-EACH), 0.5);
  };
  const medians = await byTurns(ROUNDS, { ours: side("ours"), table: side("table"), file: side("file") });
  return { medians, p99: (name: keyof typeof times) => [quantile(times[name], 0.99)] };
}

export async function measureJournal(report: Report): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "bench-journal-"));
  const writers = { ours: await openOurs(directory), table: openTable(directory), file: openFile(directory) };
  try {
    const { medians, p99 } = await measureWrites(writers);
    const name = "durable append of a 2 KB fact";
    const table = { name: "bare SQLite insert, same pragmas", values: medians.table };
    report({ name: `${name}, p50`, unit: "ms", ours: medians.ours, peer: table, goal: { atMostRatio: 3 } });
    report({ name: `${name}, p99`, unit: "ms", ours: p99("ours"), peer: { ...table, values: p99("table") } });
    report({
      name: `${name}, p50`,
      unit: "ms",
      ours: medians.ours,
      peer: { name: "write and fdatasync", values: medians.file },
    });
    report({
      name: `${name}, p99`,
      unit: "ms",
      ours: p99("ours"),
      peer: { name: "write and fdatasync", values: p99("file") },
    });
  } finally {
    for (const writer of Object.values(writers)) await writer.close();
    await rm(directory, { recursive: true, force: true });
  }
}
