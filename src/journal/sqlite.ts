import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { CompiledQuery, Kysely, SqliteAdapter, SqliteDriver, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import type { DatabaseConnection, Dialect, SqliteDatabase, SqliteStatement } from "kysely";
import { asJourneymanError, JourneymanError } from "../core/errors.ts";
import type { Database, Tables } from "./schema.ts";

/*
 * The only file that knows SQLite. Several processes share one file, so:
 * 1. every transaction takes the write lock at its beginning (`begin immediate`): it cannot fail half-way by needing it later;
 * 2. SQLite itself waits only briefly for the lock, because it waits with the event loop stopped; the longer wait is asynchronous.
 */

const BLOCKING_WAIT_MS = 20;
/** How long a transaction waits for the other processes before it gives up. Theirs last about a millisecond. */
const PATIENCE_MS = 10_000;
const MAX_STATEMENTS = 200;
const SQLITE_ERROR = 1;
const SQLITE_BUSY = 5;
const SQLITE_CONSTRAINT = 19;

class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }

  /** After some failures, a full disk among them, SQLite has rolled back by itself: then what is told is the failure, not this. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await super.rollbackTransaction(connection);
    } catch (thrown) {
      if (resultCode(thrown) !== SQLITE_ERROR) throw thrown;
    }
  }
}

/** What kysely expects of a SQLite library, on the one that comes with Node. Statements are kept, since the same few come again and again. */
function adapt(database: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  const prepare = (sql: string): SqliteStatement => {
    const statement = database.prepare(sql);
    const bind = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[];
    return {
      reader: statement.columns().length > 0,
      all: (parameters) => statement.all(...bind(parameters)),
      run: (parameters) => statement.run(...bind(parameters)),
      iterate: (parameters) => statement.iterate(...bind(parameters)),
    };
  };
  return {
    close: () => database.close(),
    prepare(sql) {
      const known = statements.get(sql);
      if (known !== undefined) return known;
      if (statements.size >= MAX_STATEMENTS) statements.clear();
      const statement = prepare(sql);
      statements.set(sql, statement);
      return statement;
    },
  };
}

const dialectOf = (database: SqliteDatabase): Dialect => ({
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => new ImmediateDriver({ database }),
  createIntrospector: (queries) => new SqliteIntrospector(queries),
  createQueryCompiler: () => new SqliteQueryCompiler(),
});

/** The primary result code of a SQLite failure (https://sqlite.org/rescode.html), or null for anything else. */
function resultCode(thrown: unknown): number | null {
  if (!(thrown instanceof Error) || !("errcode" in thrown) || typeof thrown.errcode !== "number") return null;
  return thrown.errcode & 0xff;
}

function explain(thrown: unknown): JourneymanError {
  const code = resultCode(thrown);
  if (code === null || code === SQLITE_CONSTRAINT || !(thrown instanceof Error)) return asJourneymanError(thrown);
  return new JourneymanError("storage_unavailable", { reason: thrown.message }, { cause: thrown });
}

async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (resultCode(error) !== SQLITE_BUSY || Date.now() > deadline) throw explain(error);
      await sleep(5 + Math.random() * 45);
    }
  }
}

function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: PATIENCE_MS, enableForeignKeyConstraints: true });
  try {
    database.exec("pragma journal_mode = wal; pragma synchronous = full;");
    database.exec(`pragma busy_timeout = ${BLOCKING_WAIT_MS}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens or creates the database file, and the directory it lies in. Throws `storage_unavailable`. */
export async function openSqlite(file: string): Promise<Database> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const queries = new Kysely<Tables>({ dialect: dialectOf(adapt(open(file))) });
    return {
      // No two overlap whatever they lock, so none is taken.
      transact: (_locks, work) => patiently(() => queries.transaction().execute((own) => work(own, async () => {}))),
      read: (work) => patiently(() => work(queries)),
      close: () => queries.destroy(),
    };
  } catch (error) {
    if (resultCode(error) !== null) throw explain(error);
    const reason = error instanceof Error ? error.message : String(error);
    throw new JourneymanError("storage_unavailable", { reason }, { cause: error });
  }
}
