import type { Journal } from "../ports/journal.ts";
import { append } from "./append.ts";
import { fork } from "./fork.ts";
import { prune, referred } from "./retention.ts";
import { countFacts, readFacts } from "./facts.ts";
import { totalOf } from "./ledger.ts";
import { claim, release, renew } from "./leases.ts";
import { dueRuns, findRun, listRuns } from "./listing.ts";
import { migrate } from "./migrations.ts";
import { receive } from "./receive.ts";
import type { Database } from "./schema.ts";
import { openSqlite } from "./sqlite.ts";

/** The journal over any database: nothing here or below knows which one it is. */
const journalOver = ({ transact, read, close }: Database): Journal => ({
  receive: (keys, subject, entry) => transact((queries) => receive(queries, { ...entry, keys, subject })),
  claim: (run, lease) => transact((queries) => claim(queries, run, lease)),
  renew: (held, lease) => transact((queries) => renew(queries, held, lease)),
  release: (held, next, dueAt) => transact((queries) => release(queries, held, { next, dueAt })),
  append: (held, entry) => transact((queries) => append(queries, held, entry)),
  fork: (entry) => transact((queries) => fork(queries, entry)),
  prune: (before, limit) => transact((queries) => prune(queries, before, limit)),
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
 * Opens the journal in one SQLite file, which several processes of one host may share. Creates or migrates it first.
 * Throws `data_newer` and `storage_unavailable`.
 */
export async function openJournal(options: { readonly file: string }): Promise<Journal> {
  const database = await openSqlite(options.file);
  try {
    await migrate(database);
    return journalOver(database);
  } catch (error) {
    await database.close();
    throw error;
  }
}
