import { JourneymanError } from "../core/errors.ts";
import type { MicroUsd } from "../core/money.ts";
import type { LedgerEntry } from "../ports/journal.ts";
import type { Queries } from "./schema.ts";

type Reserve = Extract<LedgerEntry, { kind: "reserve" }>;
type Settle = Extract<LedgerEntry, { kind: "settle" }>;

/*
 * A day's total is what was settled plus what is reserved. It is kept as one number, moved by the same transaction that opens or
 * settles a reservation, so asking whether a reservation fits costs the same on the first call of a day and on the ten-thousandth.
 */

/** What a tenant has spent or reserved on a day. */
export async function totalOf(queries: Queries, tenant: string, day: string): Promise<MicroUsd> {
  const row = await queries
    .selectFrom("ledger_days")
    .select("total")
    .where("tenant", "=", tenant)
    .where("day", "=", day)
    .executeTakeFirst();
  return row?.total ?? 0;
}

interface Day {
  readonly tenant: string;
  readonly day: string;
}

async function addToDay(queries: Queries, { tenant, day }: Day, amount: MicroUsd): Promise<void> {
  await queries
    .insertInto("ledger_days")
    .values({ tenant, day, total: amount })
    .onConflict((conflict) =>
      conflict.columns(["tenant", "day"]).doUpdateSet((row) => ({ total: row("ledger_days.total", "+", amount) })),
    )
    .execute();
}

const reservationOf = (queries: Queries, key: string) =>
  queries.selectFrom("reservations").selectAll().where("key", "=", key).executeTakeFirst();

/** Null when it fits and was written; else what is spent without it, and nothing was written. */
async function reserve(queries: Queries, entry: Reserve): Promise<MicroUsd | null> {
  const { tenant, day, key, amount } = entry;
  const held = await reservationOf(queries, key);
  // A key that is reserved again while open is the same call asking anew: its earlier amount is given back.
  const replaced = held?.open === 1 ? held : undefined;
  const freed = replaced?.tenant === tenant && replaced.day === day ? replaced.amount : 0;
  const spent = (await totalOf(queries, tenant, day)) - freed;
  if (spent + amount > entry.cap) return spent;
  if (replaced !== undefined) await addToDay(queries, replaced, -replaced.amount);
  await addToDay(queries, entry, amount);
  await queries
    .insertInto("reservations")
    .values({ key, tenant, day, amount, open: 1 })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ tenant, day, amount, open: 1 }))
    .execute();
  return null;
}

/** The true amount takes the reservation's place, also when it is higher: money that is gone is counted. A second settling changes nothing. */
async function settle(queries: Queries, entry: Settle): Promise<void> {
  const held = await reservationOf(queries, entry.key);
  if (held === undefined) {
    throw new JourneymanError("internal", { reason: `nothing was reserved under ${entry.key}` });
  }
  if (held.open === 0) return;
  await addToDay(queries, held, entry.amount - held.amount);
  await queries
    .updateTable("reservations")
    .set({ amount: entry.amount, open: 0 })
    .where("key", "=", entry.key)
    .execute();
}

/** Null when the entry was written; the tenant's spending of that day when it would pass the cap. */
export async function enter(queries: Queries, entry: LedgerEntry): Promise<MicroUsd | null> {
  if (entry.kind === "reserve") return reserve(queries, entry);
  await settle(queries, entry);
  return null;
}
