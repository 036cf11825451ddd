import {
  type CompiledQuery,
  type DatabaseConnection,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from "kysely";
import { type CustomTypesConfig, Pool, type QueryResult as Answered, types as vendorTypes } from "pg";
import { JourneymanError } from "../core/errors.ts";
import { kindOf } from "./postgres-faults.ts";
import type { Queries, Tables } from "./schema.ts";

/* Connections to PostgreSQL, each lent to one transaction at a time. Nothing of them lasts from one loan to the next. */

const CONNECT_MS = 3_000;
/** For what is asked outside a session. */
const ANSWER_MS = 5_000;
const MAX_CONNECTIONS = 10;

/** Counts, money and times fit a double exactly; the driver gives them as text. Sums of them are NUMERIC. */
const { INT8, NUMERIC } = vendorTypes.builtins;
const types: CustomTypesConfig = {
  getTypeParser: (id, format) => (id === INT8 || id === NUMERIC ? Number : vendorTypes.getTypeParser(id, format)),
};

export function openPool(url: string): Pool {
  const pool = new Pool({
    connectionString: url,
    application_name: "journeyman",
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    max: MAX_CONNECTIONS,
    keepAlive: true,
    types,
  });
  // A connection that breaks is left out of the pool, and whoever uses it hears of it; without listeners the process would end.
  pool.on("error", () => {});
  pool.on("connect", (client) => void client.on("error", () => {}));
  return pool;
}

/** What the server answered to the last of several statements. */
interface Answer {
  readonly command: string;
  readonly row: Readonly<Record<string, unknown>>;
}

export interface Session {
  readonly queries: Queries;
  /** Several statements in one message; they take no parameters. */
  readonly send: (statements: string) => Promise<Answer>;
  /** Whether a failure came from the server or the way to it; any other is of the work's own. */
  readonly isOfServer: (error: unknown) => boolean;
  /** Undoes what was begun. The connection is used again only when nothing but plain answers came over it. */
  readonly undo: () => Promise<void>;
  readonly release: () => void;
}

/** Gives kysely one connection, and leaves beginning and ending of transactions to us. */
class LentConnection extends DummyDriver {
  readonly #connection: DatabaseConnection;
  constructor(connection: DatabaseConnection) {
    super();
    this.#connection = connection;
  }
  override async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }
}

const queriesOver = (connection: DatabaseConnection): Queries =>
  new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new LentConnection(connection),
      createIntrospector: (queries) => new PostgresIntrospector(queries),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });

/** No answer within `answerMs` counts as a lost connection. Throws what the driver throws. */
export async function openSession(pool: Pool, answerMs: number): Promise<Session> {
  const client = await pool.connect();
  const ask = (text: string, parameters: readonly unknown[] = []): Promise<Answered> => {
    const question = { text, values: [...parameters], query_timeout: answerMs };
    return client.query(question);
  };
  const failures = new Set<unknown>();
  const noted = <T>(answer: Promise<T>): Promise<T> =>
    answer.catch((error: unknown) => {
      failures.add(error);
      throw error;
    });
  const isLost = (): boolean => [...failures].some((error) => kindOf(error) === "away");
  const queries = queriesOver({
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const { rows, rowCount } = await noted(ask(sql, parameters));
      return { rows, numAffectedRows: BigInt(rowCount ?? 0) };
    },
    // eslint-disable-next-line require-yield -- kysely asks for the method; rows are read by pages instead.
    async *streamQuery() {
      throw new JourneymanError("internal", { reason: "the journal reads by pages" });
    },
  });
  return {
    queries,
    async send(statements) {
      const results: readonly Answered[] = [await noted(ask(statements))].flat();
      const last = results.at(-1);
      return { command: last?.command ?? "", row: last?.rows[0] ?? {} };
    },
    isOfServer: (error) => failures.has(error),
    async undo() {
      if (!isLost()) await ask("rollback").catch((error: unknown) => void failures.add(error));
    },
    release: () => client.release(isLost()),
  };
}
