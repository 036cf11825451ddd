import { openPool, openSession } from "./postgres-session.ts";
import { unavailable } from "./postgres-faults.ts";

/** What an operator should know of the server behind the journal. */
export interface PostgresReport {
  /** As the server writes it, such as `16.4`. */
  readonly version: string;
  /** Settings that a crash of the server's host must not find off, and does. */
  readonly unsafe: readonly string[];
  /** Connections that all programs together may have. */
  readonly maxConnections: number;
}

const ANSWER_MS = 5_000;

const ASK = `select current_setting('server_version') as version, current_setting('max_connections') as connections,
  current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes`;

/** Asks once, without waiting for a server that is away. Throws `storage_unavailable`. */
export async function checkPostgres(url: string): Promise<PostgresReport> {
  const pool = openPool(url);
  try {
    const session = await openSession(pool, ANSWER_MS);
    const { row } = await session.send(ASK);
    session.release();
    const unsafe = ["fsync", "full_page_writes"].filter((name) => row[name] !== "on");
    const [version = ""] = String(row["version"]).split(" ");
    return { version, unsafe, maxConnections: Number(row["connections"]) };
  } catch (error) {
    throw unavailable(error);
  } finally {
    await pool.end();
  }
}
