import { RunId } from "../core/ids.ts";
import type { ForkEntry, Forked } from "../ports/journal.ts";
import { copyFacts, countFacts, writeFacts } from "./facts.ts";
import { leaseOf } from "./leases.ts";
import { issueLock, runLock } from "./locks.ts";
import type { Queries, TakeLocks } from "./schema.ts";

async function ownerOf(queries: Queries, { host, repository_id, issue }: Place) {
  return queries
    .selectFrom("runs")
    .select("run")
    .where("host", "=", host)
    .where("repository_id", "=", repository_id)
    .where("issue", "=", issue)
    .where("live", "=", 1)
    .executeTakeFirst();
}

interface Place {
  readonly host: string;
  readonly repository_id: number;
  readonly issue: number;
}

/** The place of a run never changes: it may be read before it is locked. The origin is among the runs of its issue. */
async function lockPlace(queries: Queries, take: TakeLocks, place: Place): Promise<void> {
  await take([issueLock({ ...place, repositoryId: place.repository_id })]);
  const runs = queries
    .selectFrom("runs")
    .select("run")
    .where("host", "=", place.host)
    .where("repository_id", "=", place.repository_id)
    .where("issue", "=", place.issue);
  await take((await runs.orderBy("run").execute()).map(({ run }) => runLock(run)));
}

/** One transaction: the row, the facts taken over, the facts of the fork's own. A run that is there already is left as it is. */
export async function fork(queries: Queries, take: TakeLocks, entry: ForkEntry): Promise<Forked> {
  const { run, origin, at, events, time, summary, silent, takesOver, claim } = entry;
  const row = await queries.selectFrom("runs").selectAll().where("run", "=", origin).executeTakeFirst();
  if (row !== undefined) await lockPlace(queries, take, row);
  const made = await countFacts(queries, run);
  if (made > 0) return { kind: "forked", next: made };
  if (claim !== undefined && (await leaseOf(queries, origin))?.epoch !== claim.epoch) return { kind: "fenced" };
  if (row === undefined || at >= row.facts) return { kind: "missing", facts: row?.facts ?? 0 };
  const live = summary.live && !silent;
  const owner = live ? await ownerOf(queries, row) : undefined;
  const givesUp = takesOver === true && owner?.run === origin;
  if (owner !== undefined && !givesUp) return { kind: "live", run: RunId.parse(owner.run) };
  if (givesUp) await queries.updateTable("runs").set({ live: 0 }).where("run", "=", origin).execute();
  const next = at + 1 + events.length;
  const values = {
    ...row,
    run,
    origin,
    silent: silent ? 1 : 0,
    live: live ? 1 : 0,
    status: summary.status,
    due_at: summary.dueAt === null ? null : Date.parse(summary.dueAt),
    cost_micro_usd: summary.costMicroUsd,
    created_at: time,
    updated_at: time,
    facts: next,
  };
  await queries.insertInto("runs").values(values).execute();
  await queries.insertInto("leases").values({ run, epoch: 0, holder: "", expires_at: 0 }).execute();
  await copyFacts(queries, { origin, run, at });
  await writeFacts(queries, { run, first: at + 1, epoch: 0, at: time }, events);
  return { kind: "forked", next };
}
