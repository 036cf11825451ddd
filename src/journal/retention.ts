import { Digest, RunId } from "../core/ids.ts";
import type { Queries } from "./schema.ts";

/** A run that is over is kept whole or not at all; its line in the day's ledger stays. */
export async function prune(queries: Queries, before: string, limit: number): Promise<readonly RunId[]> {
  await queries.deleteFrom("deliveries").where("at", "<", before).execute();
  const rows = await queries
    .selectFrom("runs")
    .select("run")
    .where("live", "=", 0)
    .where("due_at", "is", null)
    .where("updated_at", "<", before)
    .orderBy("updated_at")
    .limit(limit)
    .execute();
  const runs = rows.map(({ run }) => run);
  if (runs.length === 0) return [];
  await queries.deleteFrom("events").where("run", "in", runs).execute();
  await queries.deleteFrom("leases").where("run", "in", runs).execute();
  await queries.deleteFrom("runs").where("run", "in", runs).execute();
  return runs.map((run) => RunId.parse(run));
}

const ARTIFACT = /"artifact":"([0-9a-f]{64})"/g;

/** Facts that hold changes name the bytes by their hash. */
export async function referred(queries: Queries): Promise<ReadonlySet<Digest>> {
  const found = new Set<Digest>();
  const rows = queries
    .selectFrom("events")
    .select("body")
    .where("type", "in", ["checkpoint.saved", "change.checked"])
    .stream();
  for await (const { body } of rows)
    for (const [, digest = ""] of body.matchAll(ARTIFACT)) found.add(Digest.parse(digest));
  return found;
}
