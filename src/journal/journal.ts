import { JourneymanError } from "../core/errors.ts";
import type { AppendEntry, Journal } from "../ports/journal.ts";
import type { RunId } from "../core/ids.ts";
import { append } from "./append.ts";
import { fork } from "./fork.ts";
import { prune, referred } from "./retention.ts";
import { countFacts, readFacts } from "./facts.ts";
import { totalOf } from "./ledger.ts";
import { claim, release, renew, setAside } from "./leases.ts";
import { dueRuns, findRun, listRuns } from "./listing.ts";
import { ALONE, deliveryLocks, issueLock, LEDGER_LOCK, type Lock, runLock } from "./locks.ts";
import { hasTables, migrate } from "./migrations.ts";
import { isKnown, keysOf, receive, remembersFrom } from "./receive.ts";
import type { Database } from "./schema.ts";
import { openSqlite } from "./sqlite.ts";

/** A file that the processes of one host share, or a PostgreSQL database for those of several. */
export type JournalStore = { readonly file: string } | { readonly url: string };

/** The vendor's package is loaded only where it is used. */
async function openDatabase(store: JournalStore): Promise<Database> {
  if ("file" in store) return openSqlite(store.file);
  const { openPostgres } = await import("./postgres.ts");
  return openPostgres(store.url);
}

const locksOf = (run: RunId, { ledger = [] }: Pick<AppendEntry, "ledger">): Lock[] => [
  runLock(run),
  ...(ledger.length > 0 ? [LEDGER_LOCK] : []),
];

/** The journal over any database: nothing here or below knows which one it is. */
const journalOver = ({ transact, read, close }: Database): Journal => ({
  receive: (keys, subject, entry) =>
    transact([...deliveryLocks(keysOf(keys)), issueLock(subject)], (queries, take) =>
      receive(queries, take, { ...entry, keys, subject }),
    ),
  isKnown: (keys) => read((queries) => isKnown(queries, keys)),
  remembersFrom: () => read(remembersFrom),
  claim: (run, lease) => transact([runLock(run)], (queries) => claim(queries, run, lease)),
  renew: (held, lease) => transact([runLock(held.run)], (queries) => renew(queries, held, lease)),
  release: (held, next, dueAt) => transact([runLock(held.run)], (queries) => release(queries, held, { next, dueAt })),
  setAside: (held, next, status) =>
    transact([runLock(held.run)], (queries) => setAside(queries, held, { next, status })),
  append: (held, entry) => transact(locksOf(held.run, entry), (queries) => append(queries, held, entry)),
  fork: (entry) => transact([], (queries, take) => fork(queries, take, entry)),
  prune: (before, limit) => transact(ALONE, (queries) => prune(queries, before, limit)),
  referred: () => read(referred),
  load: (run, from = 0) => read((queries) => readFacts(queries, run, from)),
  head: (run) => read((queries) => countFacts(queries, run)),
  runs: (filter) => read((queries) => listRuns(queries, filter)),
  find: (run) => read((queries) => findRun(queries, run)),
  due: (now, limit) => read((queries) => dueRuns(queries, now, limit)),
  spent: (account, day) => read((queries) => totalOf(queries, account, day)),
  close,
});

/**
 * Opens the journal, and migrates it first; creates it unless it should be `existing`. `url` is
 * `postgres://user:password@host:port/database`. Throws `data_newer`, `journal_missing` and `storage_unavailable`.
 */
export async function openJournal(store: JournalStore, wanted: "any" | "existing" = "any"): Promise<Journal> {
  const database = await openDatabase(store);
  try {
    if (wanted === "existing" && !(await hasTables(database)))
      throw new JourneymanError("journal_missing", { path: "DATABASE_URL" });
    await migrate(database);
    return journalOver(database);
  } catch (error) {
    await database.close();
    throw error;
  }
}
