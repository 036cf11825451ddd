import type { AppendEntry, Appended, Claim } from "../ports/journal.ts";
import { writeFacts } from "./facts.ts";
import { enter } from "./ledger.ts";
import { leaseOf } from "./leases.ts";
import type { Queries } from "./schema.ts";

/** Everything is checked before anything is written, so a refusal leaves no trace. The lease is checked at the time of the facts. */
export async function append(queries: Queries, claim: Claim, entry: AppendEntry): Promise<Appended> {
  const { next, events, at, summary, ledger = [] } = entry;
  const lease = await leaseOf(queries, claim.run);
  if (lease?.epoch !== claim.epoch || lease.expires_at < Date.parse(at)) return { kind: "fenced" };
  if (lease.facts !== next) return { kind: "conflict", next: lease.facts };
  const refused = await enter(queries, ledger);
  if (refused !== null) return refused;
  await writeFacts(queries, { run: claim.run, first: next, epoch: claim.epoch, at }, events);
  await queries
    .updateTable("runs")
    .set({
      status: summary.status,
      live: summary.live ? 1 : 0,
      due_at: summary.dueAt === null ? null : Date.parse(summary.dueAt),
      cost_micro_usd: summary.costMicroUsd,
      updated_at: at,
      facts: next + events.length,
    })
    .where("run", "=", claim.run)
    .execute();
  return { kind: "appended", next: next + events.length };
}
