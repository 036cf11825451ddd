import { RunId } from "../core/ids.ts";
import { Subject } from "../core/subject.ts";
import type { RunRow } from "../ports/journal.ts";
import { LONGEST_LEASE_MS } from "./leases.ts";
import type { LeasesTable, Queries, RunsTable } from "./schema.ts";

const rowsOf = (queries: Queries) =>
  queries
    .selectFrom("runs")
    .innerJoin("leases", "leases.run", "runs.run")
    .selectAll("runs")
    .select(["leases.epoch", "leases.expires_at"]);

const toRunRow = (row: RunsTable & Pick<LeasesTable, "epoch" | "expires_at">): RunRow => ({
  run: RunId.parse(row.run),
  subject: Subject.parse(JSON.parse(row.subject)),
  title: row.title,
  status: row.status,
  live: row.live === 1,
  dueAt: row.due_at === null ? null : new Date(row.due_at).toISOString(),
  costMicroUsd: row.cost_micro_usd,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  facts: row.facts,
  epoch: row.epoch,
  leasedUntil: row.expires_at === 0 ? null : new Date(row.expires_at).toISOString(),
  origin: row.origin === null ? null : RunId.parse(row.origin),
  silent: row.silent === 1,
});

/** Run ids sort by start time, so the newest is the greatest. */
export async function listRuns(
  queries: Queries,
  filter: { readonly live?: boolean; readonly limit: number },
): Promise<RunRow[]> {
  const all = rowsOf(queries).orderBy("runs.run", "desc").limit(filter.limit);
  const rows = await (filter.live === undefined ? all : all.where("runs.live", "=", filter.live ? 1 : 0)).execute();
  return rows.map(toRunRow);
}

export async function findRun(queries: Queries, run: RunId): Promise<RunRow | null> {
  const row = await rowsOf(queries).where("runs.run", "=", run).executeTakeFirst();
  return row === undefined ? null : toRunRow(row);
}

export async function dueRuns(queries: Queries, now: number, limit: number): Promise<{ run: RunId; next: number }[]> {
  const rows = await queries
    .selectFrom("runs")
    .innerJoin("leases", "leases.run", "runs.run")
    .select(["runs.run", "runs.facts"])
    .where("runs.due_at", "<=", now)
    .where(({ eb, or }) =>
      or([eb("leases.expires_at", "<=", now), eb("leases.expires_at", ">", now + LONGEST_LEASE_MS)]),
    )
    // A fork that shows nothing is driven by whoever began it, and by nobody when they stopped it.
    .where("runs.silent", "=", 0)
    .orderBy("runs.due_at")
    .limit(limit)
    .execute();
  return rows.map((row) => ({ run: RunId.parse(row.run), next: row.facts }));
}
