import { checkPostgres } from "../journal/postgres-check.ts";
import type { ServerConfig } from "./config.ts";
import { openDataDir } from "./data-dir.ts";
import { type Finding, ok, warn } from "./finding.ts";
import { composeJournal } from "./storage.ts";

const quiet = { warn: () => {} };

/** Where the database is, without user and password. */
const placeOf = (url: string): string => `${new URL(url).host}${new URL(url).pathname}`;

async function checkServer(url: string): Promise<Finding[]> {
  const { version, unsafe } = await checkPostgres(url);
  return [
    ok("postgresql", `version ${version} at ${placeOf(url)}`),
    ...unsafe.map((name) =>
      warn(
        "postgresql",
        `${name} is off: a crash of its host may lose or damage the journal`,
        `set ${name} = on in its configuration`,
      ),
    ),
  ];
}

/** The server behind the journal, then the journal: opened, migrated, read, and written by a prune of what cannot be there. */
export async function checkJournal(config: ServerConfig): Promise<Finding[]> {
  const { DATABASE_URL, DATA_DIR } = config;
  await openDataDir(DATA_DIR);
  const server = DATABASE_URL === undefined ? [] : await checkServer(DATABASE_URL);
  const journal = await composeJournal(config, quiet);
  try {
    const runs = await journal.runs({ live: true, limit: 10_000 });
    await journal.prune(new Date(0).toISOString(), 1);
    const place = DATABASE_URL === undefined ? DATA_DIR : placeOf(DATABASE_URL);
    return [...server, ok("journal", `${place}, ${runs.length} live run(s)`)];
  } finally {
    await journal.close();
  }
}
