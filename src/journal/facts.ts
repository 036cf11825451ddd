import { crc32 } from "node:zlib";
import { JourneymanError } from "../core/errors.ts";
import { EVENT_VERSION, type RunEvent, type StoredEvent } from "../core/events.ts";
import type { RunId } from "../core/ids.ts";
import { readEvent, versionFault } from "../core/upcast.ts";
import type { EventsTable, Queries } from "./schema.ts";

type Row = EventsTable;

const checksum = (row: Omit<Row, "sum">): number =>
  crc32(JSON.stringify([row.run, row.idx, row.epoch, row.at, row.type, row.version, row.body]));

/** A fact as a row. */
export function rowOf({ run, index, epoch, at, event }: StoredEvent): Row {
  const row = { run, idx: index, epoch, at, type: event.type, version: EVENT_VERSION, body: JSON.stringify(event) };
  return { ...row, sum: checksum(row) };
}

/** Writes facts at `first` and after. The caller has made sure, in this transaction, that `first` is the run's next index. */
export async function writeFacts(
  queries: Queries,
  place: { readonly run: RunId; readonly first: number; readonly epoch: number; readonly at: string },
  events: readonly RunEvent[],
): Promise<void> {
  const rows = events.map((event, offset) => rowOf({ ...place, index: place.first + offset, event }));
  if (rows.length > 0) await queries.insertInto("events").values(rows).execute();
}

/** Rows in one statement: a parameter for each column, and databases bound how many there may be. */
const COPIED_AT_ONCE = 500;

/** Gives `run` the facts of `origin` up to and including `at`, each checked before it is believed. */
export async function copyFacts(
  queries: Queries,
  { origin, run, at }: { readonly origin: RunId; readonly run: RunId; readonly at: number },
): Promise<void> {
  for (let from = 0; from <= at; from += COPIED_AT_ONCE) {
    const rows = await queries
      .selectFrom("events")
      .selectAll()
      .where("run", "=", origin)
      .where("idx", ">=", from)
      .where("idx", "<=", Math.min(at, from + COPIED_AT_ONCE - 1))
      .orderBy("idx")
      .execute();
    const copies = rows.map((row, offset) => {
      readFact(origin, from + offset, row);
      const copy = { ...row, run, epoch: 0 };
      return { ...copy, sum: checksum(copy) };
    });
    await queries.insertInto("events").values(copies).execute();
  }
}

interface Place {
  readonly run: RunId;
  readonly index: number;
}

const corrupt = ({ run, index }: Place, reason: string): JourneymanError =>
  new JourneymanError("journal_corrupt", { run, index, reason });

function parseBody(run: RunId, row: Row): RunEvent {
  const read = readEvent(jsonOf(row.body), row.version);
  if (!read.ok) throw corrupt({ run, index: row.idx }, read.reason);
  return read.event;
}

/** Undefined, which no fact is, when it is not JSON. */
function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** The fact of a row that should be number `index` of the run. Throws `journal_corrupt`. */
export function readFact(run: RunId, index: number, row: Row): StoredEvent {
  if (row.idx !== index) throw corrupt({ run, index }, "the fact is missing");
  const fault = versionFault(row.version);
  if (fault !== null) throw corrupt({ run, index }, fault);
  if (checksum(row) !== row.sum) throw corrupt({ run, index }, "the checksum does not match");
  return { run, index, epoch: row.epoch, at: row.at, event: parseBody(run, row) };
}

/** The number of facts a run has, as its row says. */
export async function countFacts(queries: Queries, run: RunId): Promise<number> {
  const row = await queries.selectFrom("runs").select("facts").where("run", "=", run).executeTakeFirst();
  return row?.facts ?? 0;
}

/** Reads and checks the facts of a run from `from` on: none may be missing, at the end neither. */
export async function readFacts(queries: Queries, run: RunId, from: number): Promise<StoredEvent[]> {
  // Counted first: facts that arrive in between make the list longer than the count, never shorter.
  const count = await countFacts(queries, run);
  const rows = await queries
    .selectFrom("events")
    .selectAll()
    .where("run", "=", run)
    .where("idx", ">=", from)
    .orderBy("idx")
    .execute();
  const facts = rows.map((row, offset) => readFact(run, from + offset, row));
  if (from + facts.length < count) throw corrupt({ run, index: from + facts.length }, "the fact is missing");
  return facts;
}
