import { sql } from "kysely";
import { JourneymanError } from "../core/errors.ts";
import { ALONE } from "./locks.ts";
import type { Database, Queries } from "./schema.ts";

async function createRuns({ schema }: Queries): Promise<void> {
  await schema
    .createTable("runs")
    .addColumn("run", "text", (column) => column.primaryKey())
    .addColumn("host", "text", (column) => column.notNull())
    .addColumn("repository_id", "bigint", (column) => column.notNull())
    .addColumn("issue", "bigint", (column) => column.notNull())
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("title", "text", (column) => column.notNull())
    .addColumn("status", "text", (column) => column.notNull())
    .addColumn("live", "integer", (column) => column.notNull())
    .addColumn("due_at", "bigint")
    .addColumn("cost_micro_usd", "bigint", (column) => column.notNull())
    .addColumn("created_at", "text", (column) => column.notNull())
    .addColumn("updated_at", "text", (column) => column.notNull())
    .addColumn("facts", "bigint", (column) => column.notNull())
    .execute();
  // The database itself keeps the rule that a live run owns its issue.
  await schema
    .createIndex("one_live_run_per_issue")
    .unique()
    .on("runs")
    .columns(["host", "repository_id", "issue"])
    .where(sql<boolean>`live = 1`)
    .execute();
  await schema.createIndex("runs_by_issue").on("runs").columns(["host", "repository_id", "issue", "run"]).execute();
  await schema
    .createIndex("runs_by_due")
    .on("runs")
    .columns(["due_at"])
    .where(sql<boolean>`due_at is not null`)
    .execute();
}

async function createFacts({ schema }: Queries): Promise<void> {
  await schema
    .createTable("events")
    .addColumn("run", "text", (column) => column.notNull().references("runs.run"))
    .addColumn("idx", "bigint", (column) => column.notNull())
    .addColumn("epoch", "bigint", (column) => column.notNull())
    .addColumn("at", "text", (column) => column.notNull())
    .addColumn("type", "text", (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("body", "text", (column) => column.notNull())
    .addColumn("sum", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("events_key", ["run", "idx"])
    .execute();
  await schema
    .createTable("deliveries")
    .addColumn("key", "text", (column) => column.primaryKey())
    .addColumn("at", "text", (column) => column.notNull())
    .execute();
  await schema
    .createTable("leases")
    .addColumn("run", "text", (column) => column.primaryKey().references("runs.run"))
    .addColumn("epoch", "bigint", (column) => column.notNull())
    .addColumn("holder", "text", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .execute();
}

async function createLedger({ schema }: Queries): Promise<void> {
  await schema
    .createTable("reservations")
    .addColumn("key", "text", (column) => column.primaryKey())
    .addColumn("tenant", "text", (column) => column.notNull())
    .addColumn("day", "text", (column) => column.notNull())
    .addColumn("amount", "bigint", (column) => column.notNull())
    .addColumn("open", "integer", (column) => column.notNull())
    .execute();
  await schema
    .createTable("ledger_days")
    .addColumn("tenant", "text", (column) => column.notNull())
    .addColumn("day", "text", (column) => column.notNull())
    .addColumn("total", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("ledger_days_key", ["tenant", "day"])
    .execute();
}

/** The day's totals by account instead of by tenant, so that repositories are counted beside them. */
async function countRepositories(queries: Queries): Promise<void> {
  const { schema } = queries;
  await schema.alterTable("reservations").addColumn("repository", "text").execute();
  await schema
    .createTable("account_days")
    .addColumn("scope", "text", (column) => column.notNull())
    .addColumn("account", "text", (column) => column.notNull())
    .addColumn("day", "text", (column) => column.notNull())
    .addColumn("total", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("account_days_key", ["scope", "account", "day"])
    .execute();
  await sql`insert into account_days (scope, account, day, total) select 'tenant', tenant, day, total from ledger_days`.execute(
    queries,
  );
  await schema.dropTable("ledger_days").execute();
  await schema
    .createIndex("open_reservations")
    .on("reservations")
    .columns(["day"])
    .where(sql<boolean>`open = 1`)
    .execute();
}

/** Forks, and what a prune looks for. */
async function countForks({ schema }: Queries): Promise<void> {
  await schema.alterTable("runs").addColumn("origin", "text").execute();
  await schema
    .alterTable("runs")
    .addColumn("silent", "integer", (column) => column.notNull().defaultTo(0))
    .execute();
  await schema.createIndex("runs_by_end").on("runs").columns(["live", "updated_at"]).execute();
  await schema.createIndex("deliveries_by_time").on("deliveries").columns(["at"]).execute();
}

/** Forward only. A step is never changed after a release; a new one is added at the end. */
const STEPS: readonly ((queries: Queries) => Promise<void>)[] = [
  async (queries) => {
    await createRuns(queries);
    await createFacts(queries);
    await createLedger(queries);
  },
  countRepositories,
  countForks,
];

/** Whether a journal was ever made here. */
export const hasTables = ({ read }: Database): Promise<boolean> =>
  read(async ({ introspection }) => (await introspection.getTables()).some(({ name }) => name === "schema_version"));

/** Brings the tables up to what this program knows. Throws `data_newer` when they are ahead of it. */
export async function migrate(database: Database): Promise<void> {
  await database.transact(ALONE, async (queries) => {
    await queries.schema
      .createTable("schema_version")
      .ifNotExists()
      .addColumn("version", "integer", (column) => column.notNull())
      .execute();
    const row = await queries.selectFrom("schema_version").select("version").executeTakeFirst();
    const found = row?.version ?? 0;
    if (found > STEPS.length) throw new JourneymanError("data_newer", { found, known: STEPS.length });
    for (const step of STEPS.slice(found)) await step(queries);
    if (row === undefined) await queries.insertInto("schema_version").values({ version: STEPS.length }).execute();
    else if (found < STEPS.length) await queries.updateTable("schema_version").set({ version: STEPS.length }).execute();
  });
}
