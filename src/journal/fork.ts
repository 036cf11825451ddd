import { RunId } from "../core/ids.ts";
import type { ForkEntry, Forked } from "../ports/journal.ts";
import { copyFacts, countFacts, writeFacts } from "./facts.ts";
import type { Queries } from "./schema.ts";

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

/** One transaction: the row, the facts taken over, the facts of the fork's own. A run that is there already is left as it is. */
export async function fork(queries: Queries, entry: ForkEntry): Promise<Forked> {
  const { run, origin, at, events, time, summary, silent } = entry;
  const made = await countFacts(queries, run);
  if (made > 0) return { kind: "forked", next: made };
  const row = await queries.selectFrom("runs").selectAll().where("run", "=", origin).executeTakeFirst();
  if (row === undefined || at >= row.facts) return { kind: "missing", facts: row?.facts ?? 0 };
  const live = summary.live && !silent;
  const owner = live ? await ownerOf(queries, row) : undefined;
  if (owner !== undefined) return { kind: "live", run: RunId.parse(owner.run) };
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
