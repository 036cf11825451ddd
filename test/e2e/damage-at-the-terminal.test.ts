import { mkdtemp, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunId } from "../../src/core/ids.ts";
import { openJournal } from "../../src/journal/journal.ts";
import { add, claimed, found, newRun, START, storeAt, subject } from "../contract/journal/kit.ts";
import { runCommand } from "../support/command-line.ts";
import type { Environment } from "../support/instance.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";

/* A journal that was damaged behind the program's back, in either store, as somebody at a terminal sees it. */

interface Bench {
  readonly environment: Environment;
  readonly address: string;
  alter(statement: string): Promise<void>;
}

let room: string;
let postgres: Postgres;
beforeAll(async () => {
  [room, postgres] = await Promise.all([mkdtemp(join(tmpdir(), "journeyman-damage-")), startPostgres()]);
});
afterAll(async () => {
  await postgres.stop();
  await rm(room, { recursive: true, force: true });
});

async function inSqlite(): Promise<Bench> {
  const dataDir = await mkdtemp(join(room, "data-"));
  const file = join(dataDir, "journal.sqlite");
  return {
    environment: { DATA_DIR: dataDir },
    address: file,
    async alter(statement) {
      const database = new DatabaseSync(file);
      database.exec(statement);
      database.close();
    },
  };
}

async function inPostgres(): Promise<Bench> {
  const url = await postgres.createDatabase();
  return {
    environment: { DATABASE_URL: url, DATA_DIR: join(room, "nothing") },
    address: url,
    async alter(statement) {
      const client = new Client({ connectionString: url });
      await client.connect();
      await client.query(statement).finally(() => client.end());
    },
  };
}

/** A run of four facts. */
async function runOf(bench: Bench, issue: number): Promise<RunId> {
  const journal = await openJournal(storeAt(bench.address));
  const run = await found(journal, subject(issue), newRun(START + issue));
  const claim = await claimed(journal, run);
  for (let next = 1; next < 4; next++) await add(journal, claim, next);
  await journal.close();
  return run;
}

const DAMAGES: readonly (readonly [name: string, change: string, sentence: RegExp])[] = [
  ["cut off", "update events set body = substr(body, 1, length(body) - 9)", /cannot be read at fact 2: /],
  [
    "changed in a byte",
    "update events set body = replace(body, 'fact 2', 'fact 3')",
    /fact 2: the checksum does not match/,
  ],
  ["missing", "delete from events", /cannot be read at fact 2: /],
  [
    "a repetition of the one before",
    "update events set body = (select body from events e where e.run = events.run and e.idx = 1)",
    /fact 2: the checksum does not match/,
  ],
  ["of a newer version", "update events set version = 99", /fact 2: .*newer version/],
];

describe.each([
  ["SQLite", inSqlite],
  ["PostgreSQL", inPostgres],
])("in %s a fact that is", (_, open) => {
  test.each(DAMAGES)(
    "%s is named with its place by every command that reads it, and another run is not touched",
    async (__, change, sentence) => {
      const bench = await open();
      const [broken, whole] = [await runOf(bench, 1), await runOf(bench, 2)];
      await bench.alter(`${change} where run = '${broken}' and idx = 2`);
      const command = (...words: readonly string[]) => runCommand(words, bench.environment);
      const [shown, replayed, read] = await Promise.all([
        command("show", broken),
        command("replay", broken),
        command("show", whole, "--json"),
      ]);
      for (const refused of [shown, replayed]) {
        expect(refused).toMatchObject({ code: 1, out: "" });
        expect(refused.err.trim().split("\n")).toHaveLength(1);
        expect(refused.err).toMatch(sentence);
        expect(refused.err).toContain(broken);
      }
      expect(read.code).toBe(0);
      expect(read.out.trim().split("\n")).toHaveLength(4);
    },
  );
});
