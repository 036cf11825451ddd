import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "pg";
import { asJourneymanError } from "../core/errors.ts";
import { ALONE, type Lock } from "./locks.ts";
import { because, kindOf, unavailable } from "./postgres-faults.ts";
import { openPool, openSession, type Session } from "./postgres-session.ts";
import type { Database, Queries, TakeLocks } from "./schema.ts";

/*
 * Transactions in PostgreSQL. Invariants:
 * 1. Two that share a lock of locks.ts do not overlap: each takes its locks (advisory ones, which end with it) before it reads, and
 *    READ COMMITTED shows every statement all that was committed before it. This is two-phase locking, so the outcome is that of some
 *    order. SERIALIZABLE finds the same collisions afterwards, and each costs a try: of eight runs that append at once, each with money
 *    of one account, it undid six transactions for every one that stayed, and wrote a quarter as many in a second as the locks.
 * 2. What was answered is durable: synchronous_commit is never off.
 * 3. A connection cut during COMMIT leaves no doubt while the same server answers: it is asked what became of the transaction. A server
 *    that has restarted may have given the number to another transaction, so of it only "aborted" is believed.
 * 4. Nothing waits for ever: connecting, statements, locks, and a transaction whose process stands still all have an end.
 * 5. A pooler that lends connections by transaction may stand in between: no prepared statements, no settings of a session.
 */

/** How long a call is tried again. GitHub waits 10 s for the answer to a delivery. */
const PATIENCE_MS = 7_000;
/** A process that was stopped in a transaction loses it and its locks after so long: before others give up waiting for them. */
const IDLE_MS = 4_000;
const OLDEST = 13;

/** How long a statement may take, its waiting for a lock, and the way to the server and back besides; in milliseconds. */
interface Bounds {
  readonly statement: number;
  readonly lock: number;
  readonly answer: number;
}

const USUAL: Bounds = { statement: 7_000, lock: 5_500, answer: 8_000 };
/** A migration may rebuild a large table, and others that start meanwhile wait for it. */
const LONG: Bounds = { statement: 900_000, lock: 900_000, answer: 910_000 };

const boundsOf = (locks: Locks): Bounds => (locks === ALONE ? LONG : USUAL);

const settings = ({ statement, lock }: Bounds): string =>
  [
    `set_config('statement_timeout', '${statement}', true)`,
    `set_config('lock_timeout', '${lock}', true)`,
    `set_config('idle_in_transaction_session_timeout', '${IDLE_MS}', true)`,
    "set_config('synchronous_commit', replace(current_setting('synchronous_commit'), 'off', 'on'), true)",
  ].join(", ");

/** A lock's name as PostgreSQL's number, within this database. */
const numberOf = (lock: Lock): bigint => createHash("sha256").update(`journeyman ${lock}`).digest().readBigInt64BE();

const takeAll = (locks: readonly Lock[]): string =>
  locks.map((lock) => `select pg_advisory_xact_lock(${numberOf(lock)});`).join("");

type Locks = readonly Lock[] | typeof ALONE;
type Work<T> = (queries: Queries, take: TakeLocks) => Promise<T>;

/** Names a transaction to the server that began it. */
interface Mark {
  readonly xid: string;
  readonly started: string;
}

/** One message to the server, whatever is locked. */
async function begin(session: Session, locks: Locks): Promise<Mark> {
  const shared = `select pg_advisory_xact_lock_shared(${numberOf(ALONE)});`;
  const taken = locks === ALONE ? takeAll([ALONE]) : shared + takeAll(locks);
  const { row } = await session.send(
    `begin isolation level read committed; select ${settings(boundsOf(locks))}; ${taken}
     select pg_current_xact_id()::text as xid, pg_postmaster_start_time()::text as started`,
  );
  return { xid: String(row["xid"]), started: String(row["started"]) };
}

const isLater = (deadline: number): boolean => Date.now() > deadline;
const pause = (): Promise<void> => sleep(20 + Math.random() * 180);

interface Fate {
  readonly status: string | null;
  readonly started: string;
}

/** True when the transaction is in the database, false when it is not and will not be, null when nobody can tell. */
async function isCommitted(pool: Pool, { xid, started }: Mark, deadline: number): Promise<boolean | null> {
  const look = "select pg_xact_status($1::text::xid8) as status, pg_postmaster_start_time()::text as started";
  for (; !isLater(deadline); await pause()) {
    try {
      const [fate] = (await pool.query<Fate>(look, [xid])).rows;
      if (fate?.status === "aborted") return false;
      if (fate?.status === "committed") return fate.started === started ? true : null;
      if (fate?.status !== "in progress") return null;
    } catch (error) {
      if (kindOf(error) !== "away") return null;
    }
  }
  return null;
}

/** True when the transaction is in the database, false when it left nothing. */
async function commit(pool: Pool, session: Session, end: { readonly mark: Mark; readonly deadline: number }) {
  try {
    // A transaction in which a statement failed is undone by its commit.
    return (await session.send("commit")).command === "COMMIT";
  } catch (error) {
    if (kindOf(error) !== "away") throw error;
    const committed = await isCommitted(pool, end.mark, end.deadline);
    if (committed === null) throw because("the connection was lost while a change was being written");
    return committed;
  }
}

/** What a try gave, or the failure after which another one may work. */
type Outcome<T> = { readonly value: T } | { readonly failed: unknown };

/** Throws what another try would not mend. */
function failed(error: unknown): { readonly failed: unknown } {
  switch (kindOf(error)) {
    case "fault":
      throw asJourneymanError(error);
    case "refused":
      throw unavailable(error);
    case "away":
    case "collision":
      return { failed: error };
  }
}

/** Lends a connection to one try. */
async function withSession<T>(
  { pool, bounds = USUAL }: { readonly pool: Pool; readonly bounds?: Bounds },
  work: (session: Session) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  let session: Session;
  try {
    session = await openSession(pool, bounds.answer);
  } catch (error) {
    return failed(error);
  }
  try {
    return await work(session);
  } catch (error) {
    await session.undo();
    if (session.isOfServer(error)) return failed(error);
    throw asJourneymanError(error);
  } finally {
    session.release();
  }
}

const transactOnce = <T>(pool: Pool, { locks, work }: { locks: Locks; work: Work<T> }, deadline: number) =>
  withSession<T>({ pool, bounds: boundsOf(locks) }, async (session) => {
    const mark = await begin(session, locks);
    const value = await work(session.queries, async (more) => void (await session.send(takeAll(more))));
    return (await commit(pool, session, { mark, deadline })) ? { value } : { failed: null };
  });

/** Tries until it works, until another try is no use, or until patience ends. */
async function patiently<T>(work: (deadline: number) => Promise<Outcome<T>>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const outcome = await work(deadline);
    if ("value" in outcome) return outcome.value;
    if (isLater(deadline)) throw unavailable(outcome.failed);
    await pause();
  }
}

const readOnce = <T>(pool: Pool, work: (queries: Queries) => Promise<T>) =>
  withSession<T>({ pool }, async ({ queries }) => ({ value: await work(queries) }));

/** The journal's database on a PostgreSQL server: `postgres://user:password@host:port/database`. Throws `storage_unavailable`. */
export async function openPostgres(url: string): Promise<Database> {
  const pool = openPool(url);
  const version = await patiently(() =>
    withSession({ pool }, async ({ send }) => ({
      value: Number((await send("select current_setting('server_version_num') as version")).row["version"]),
    })),
  ).catch(async (error: unknown) => {
    await pool.end();
    throw error;
  });
  if (version < OLDEST * 10_000) {
    await pool.end();
    throw because(`the server is of version ${Math.floor(version / 10_000)}; ${OLDEST} is the oldest that serves`);
  }
  return {
    transact: (locks, work) => patiently((deadline) => transactOnce(pool, { locks, work }, deadline)),
    read: (work) => patiently(() => readOnce(pool, work)),
    close: () => pool.end(),
  };
}
