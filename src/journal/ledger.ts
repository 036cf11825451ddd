import { JourneymanError } from "../core/errors.ts";
import type { MicroUsd } from "../core/money/money.ts";
import type { Account, CappedAccount, LedgerEntry, OverCap } from "../ports/journal.ts";
import type { Queries, ReservationsTable } from "./schema.ts";

type Reserve = Extract<LedgerEntry, { kind: "reserve" }>;
type Settle = Extract<LedgerEntry, { kind: "settle" }>;
type Held = Pick<ReservationsTable, "tenant" | "repository" | "day" | "amount">;

/*
 * An account's total of a day is what was settled plus what is reserved. It is kept as one number, moved by the same transaction that
 * opens or settles a reservation, so asking whether a reservation fits costs the same on the first call of a day and on the
 * ten-thousandth. A reservation moves all its accounts or none.
 */

/** What was spent or reserved for an account on a day. */
export async function totalOf(queries: Queries, { scope, id }: Account, day: string): Promise<MicroUsd> {
  const row = await queries
    .selectFrom("account_days")
    .select("total")
    .where("scope", "=", scope)
    .where("account", "=", id)
    .where("day", "=", day)
    .executeTakeFirst();
  return row?.total ?? 0;
}

const accountsOf = ({ tenant, repository }: Held): readonly Account[] => [
  { scope: "tenant", id: tenant },
  ...(repository === null ? [] : [{ scope: "repository" as const, id: repository }]),
];

/** Adds an amount to the day of every account of a reservation. */
async function move(queries: Queries, held: Held, amount: MicroUsd): Promise<void> {
  const rows = accountsOf(held).map(({ scope, id }) => ({ scope, account: id, day: held.day, total: amount }));
  await queries
    .insertInto("account_days")
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(["scope", "account", "day"])
        .doUpdateSet((row) => ({ total: row("account_days.total", "+", row.ref("excluded.total")) })),
    )
    .execute();
}

const reservationOf = (queries: Queries, key: string) =>
  queries.selectFrom("reservations").selectAll().where("key", "=", key).executeTakeFirst();

/** The open reservations of an account on a day, but for one. Asked only when something did not fit. */
async function reservedFor(queries: Queries, account: Account, { day, key }: Reserve): Promise<MicroUsd> {
  const row = await queries
    .selectFrom("reservations")
    .select((row) => row.fn.sum<MicroUsd | null>("amount").as("sum"))
    .where("open", "=", 1)
    .where("day", "=", day)
    .where(account.scope, "=", account.id)
    .where("key", "!=", key)
    .executeTakeFirst();
  return row?.sum ?? 0;
}

/** Null when the account has room for the reservation. `freed` is what an earlier one under the same key gives back. */
async function refusalOf(
  queries: Queries,
  account: CappedAccount,
  { entry, freed }: { readonly entry: Reserve; readonly freed: MicroUsd },
): Promise<OverCap | null> {
  const { scope, cap } = account;
  if (cap === null) return null;
  const spent = (await totalOf(queries, account, entry.day)) - freed;
  if (spent + entry.amount <= cap) return null;
  return { kind: "over_cap", scope, cap, spent, reserved: await reservedFor(queries, account, entry) };
}

const idIn = ({ accounts }: Reserve, scope: Account["scope"]): string | null =>
  accounts.find((account) => account.scope === scope)?.id ?? null;

/** Null when it fits everywhere and was written; else the first refusal, and nothing was written. */
async function reserve(queries: Queries, entry: Reserve): Promise<OverCap | null> {
  const { day, key, amount } = entry;
  const tenant = idIn(entry, "tenant");
  if (tenant === null) throw new JourneymanError("internal", { reason: "a reservation without a tenant" });
  const held = await reservationOf(queries, key);
  // A key that is reserved again while open is the same call asking anew: its earlier amount is given back.
  const replaced = held?.open === 1 ? held : undefined;
  for (const account of entry.accounts) {
    const isHeld = replaced?.day === day && accountsOf(replaced).some((other) => isSame(other, account));
    const refused = await refusalOf(queries, account, { entry, freed: isHeld ? replaced.amount : 0 });
    if (refused !== null) return refused;
  }
  if (replaced !== undefined) await move(queries, replaced, -replaced.amount);
  const row = { tenant, repository: idIn(entry, "repository"), day, amount, open: 1 };
  await move(queries, row, amount);
  await queries
    .insertInto("reservations")
    .values({ key, ...row })
    .onConflict((conflict) => conflict.column("key").doUpdateSet(row))
    .execute();
  return null;
}

const isSame = (one: Account, other: Account): boolean => one.scope === other.scope && one.id === other.id;

/** The true amount takes the reservation's place, also when it is higher: money that is gone is counted. A second settling changes nothing. */
async function settle(queries: Queries, entry: Settle): Promise<void> {
  const held = await reservationOf(queries, entry.key);
  if (held === undefined) {
    throw new JourneymanError("internal", { reason: `nothing was reserved under ${entry.key}` });
  }
  if (held.open === 0) return;
  await move(queries, held, entry.amount - held.amount);
  await queries
    .updateTable("reservations")
    .set({ amount: entry.amount, open: 0 })
    .where("key", "=", entry.key)
    .execute();
}

/** Null when all entries were written; else which cap a reservation would pass, and none was. */
export async function enter(queries: Queries, entries: readonly LedgerEntry[]): Promise<OverCap | null> {
  const [reservation, another] = entries.filter((entry) => entry.kind === "reserve");
  if (another !== undefined) throw new JourneymanError("internal", { reason: "two reservations at once" });
  const refused = reservation === undefined ? null : await reserve(queries, reservation);
  if (refused !== null) return refused;
  for (const entry of entries) if (entry.kind === "settle") await settle(queries, entry);
  return null;
}
