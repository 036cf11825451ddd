import type { Kysely } from "kysely";
import type { ALONE, Lock } from "./locks.ts";

/** A run: the columns it is found and listed by. `facts` is the number of facts it has, so also the index of the next one. */
export interface RunsTable {
  run: string;
  host: string;
  repository_id: number;
  issue: number;
  /** The subject as JSON. */
  subject: string;
  title: string;
  status: string;
  /** 1 while the run owns its issue, else 0. */
  live: number;
  /** Milliseconds since 1970; null when nobody need look. */
  due_at: number | null;
  cost_micro_usd: number;
  created_at: string;
  updated_at: string;
  facts: number;
  /** The run whose facts this one began with. */
  origin: string | null;
  /** 1 for a fork that shows nothing to GitHub, else 0. */
  silent: number;
}

/** One fact. `sum` is a checksum over all other columns: a damaged row is noticed instead of believed. */
export interface EventsTable {
  run: string;
  idx: number;
  epoch: number;
  at: string;
  type: string;
  version: number;
  body: string;
  sum: number;
}

/** A delivery that was taken in, once by GitHub's id and once by its body. */
export interface DeliveriesTable {
  key: string;
  at: string;
}

/** Who may append to a run. `expires_at` is milliseconds since 1970, 0 when nobody holds the lease; then `holder` is empty. */
export interface LeasesTable {
  run: string;
  epoch: number;
  holder: string;
  expires_at: number;
}

/** Money set aside for one call, or, once `open` is 0, what the call cost. */
export interface ReservationsTable {
  key: string;
  tenant: string;
  /** Null for what was reserved before repositories were counted. */
  repository: string | null;
  day: string;
  amount: number;
  open: number;
}

/** What was spent or reserved for an account on a UTC day. */
export interface AccountDaysTable {
  /** `tenant` or `repository`. */
  scope: string;
  account: string;
  day: string;
  total: number;
}

export interface Tables {
  runs: RunsTable;
  events: EventsTable;
  deliveries: DeliveriesTable;
  leases: LeasesTable;
  reservations: ReservationsTable;
  account_days: AccountDaysTable;
  schema_version: { version: number };
}

export type Queries = Kysely<Tables>;

/** Takes more locks in a transaction that runs: after those it has, in the order that locks.ts gives. */
export type TakeLocks = (locks: readonly Lock[]) => Promise<void>;

/**
 * A database as the journal needs it. What passes through `transact` happens wholly or not at all, and as if no two transactions that
 * share a lock overlapped, whichever process they run in; one with `ALONE` overlaps with none. Both methods may run `work` again after a
 * collision or a lost connection, so it must have no effect outside the database.
 * Both throw `storage_unavailable`. When `transact` throws it, the change was made or not made; nobody knows which.
 */
export interface Database {
  readonly transact: <T>(
    locks: readonly Lock[] | typeof ALONE,
    work: (queries: Queries, take: TakeLocks) => Promise<T>,
  ) => Promise<T>;
  readonly read: <T>(work: (queries: Queries) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}
