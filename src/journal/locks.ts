import type { RunId } from "../core/ids.ts";

/*
 * What a transaction of the journal locks before it reads. A database that lets transactions overlap (PostgreSQL) keeps two apart that
 * share a name, and only those; one that lets none overlap (SQLite) needs no names. So a transaction must name all that it reads and
 * another may write:
 * 1. a run's row, lease and facts: `run`;
 * 2. which runs an issue has: `issue`; whether one of them is live: that run too, since an append ends it;
 * 3. the keys of a delivery: each of them;
 * 4. reservations and totals of days: `ledger`, one for all, since most of them move the same account anyway;
 * 5. what removes or rebuilds more than that names nothing and is alone: `ALONE`.
 * Taken in this order, and in the order of names, so that no two wait for each other: deliveries, issue, runs, ledger.
 */

export type Lock = string;

export const ALONE = "alone";

export const LEDGER_LOCK: Lock = "ledger";

export const runLock = (run: RunId | string): Lock => `run:${run}`;

interface Place {
  readonly host: string;
  readonly repositoryId: number;
  readonly issue: number;
}

export const issueLock = ({ host, repositoryId, issue }: Place): Lock => `issue:${host}/${repositoryId}#${issue}`;

export const deliveryLocks = (keys: readonly string[]): Lock[] => keys.map((key) => `delivery:${key}`).toSorted();
