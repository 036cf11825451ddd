import type { RunId } from "../core/ids.ts";
import type { Claim, Lease } from "../ports/journal.ts";
import type { Queries } from "./schema.ts";

/** The lease and the number of facts, read together. */
export const leaseOf = (queries: Queries, run: RunId) =>
  queries
    .selectFrom("leases")
    .innerJoin("runs", "runs.run", "leases.run")
    .select(["leases.epoch", "leases.holder", "leases.expires_at", "runs.facts"])
    .where("leases.run", "=", run)
    .executeTakeFirst();

/**
 * No lease is asked for longer, in milliseconds. One that ends later than this from now was taken by a clock that has been put back since:
 * its holder may long be dead, and if not, the epoch keeps it from writing.
 */
export const LONGEST_LEASE_MS = 120_000;

const runs = (expiresAt: number, now: number): boolean => expiresAt > now && expiresAt <= now + LONGEST_LEASE_MS;

/** Null while a lease runs, this holder's own included: two wakes of one run in one process must not fence each other. */
export async function claim(queries: Queries, run: RunId, wanted: Lease): Promise<Claim | null> {
  const found = await leaseOf(queries, run);
  if (found === undefined || runs(found.expires_at, wanted.now)) return null;
  const epoch = found.epoch + 1;
  await queries
    .updateTable("leases")
    .set({ epoch, holder: wanted.holder, expires_at: wanted.now + wanted.leaseMs })
    .where("run", "=", run)
    .execute();
  return { run, epoch, next: found.facts };
}

/** A lease that ran out is extended as long as nobody took the epoch; one that was given back is not. */
export async function renew(queries: Queries, held: Claim, wanted: Lease): Promise<boolean> {
  const found = await leaseOf(queries, held.run);
  if (found === undefined || found.epoch !== held.epoch || found.holder === "") return false;
  await queries
    .updateTable("leases")
    .set({ expires_at: wanted.now + wanted.leaseMs })
    .where("run", "=", held.run)
    .execute();
  return true;
}

/** Where the caller stands, and when the run should be looked at again, if not at once. */
interface Rest {
  readonly next: number;
  readonly dueAt: string | undefined;
}

export async function release(queries: Queries, held: Claim, { next, dueAt }: Rest): Promise<boolean> {
  const found = await leaseOf(queries, held.run);
  if (found === undefined || found.epoch !== held.epoch || found.facts !== next) return false;
  await queries.updateTable("leases").set({ holder: "", expires_at: 0 }).where("run", "=", held.run).execute();
  if (dueAt !== undefined)
    await queries
      .updateTable("runs")
      .set({ due_at: Date.parse(dueAt) })
      .where("run", "=", held.run)
      .execute();
  return true;
}

/** Gives the lease back and takes the run off the list of what is due, with `status` in place of its own; a delivery puts it there again. */
export async function setAside(
  queries: Queries,
  held: Claim,
  { next, status }: { next: number; status: string },
): Promise<boolean> {
  if (!(await release(queries, held, { next, dueAt: undefined }))) return false;
  await queries.updateTable("runs").set({ due_at: null, status }).where("run", "=", held.run).execute();
  return true;
}
