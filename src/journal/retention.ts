import { JourneymanError } from "../core/errors.ts";
import { type Digest, RunId } from "../core/ids.ts";
import { findReferences, REFERRING } from "../core/references.ts";
import type { Queries } from "./schema.ts";

/** GitHub gives a delivery again for three days, and a captured one may come later still. */
const REMEMBERED_MS = 7 * 86_400_000;

/** A delivery is remembered for longer than the run that it founded. */
async function forgetDeliveries(queries: Queries, before: string): Promise<void> {
  const at = new Date(Date.parse(before) - REMEMBERED_MS).toISOString();
  await queries.deleteFrom("deliveries").where("at", "<", at).execute();
}

/** Calls that were settled long ago: the totals of their days are kept without them. */
const forgetReservations = (queries: Queries, before: string): Promise<unknown> =>
  queries.deleteFrom("reservations").where("open", "=", 0).where("day", "<", before.slice(0, 10)).execute();

/** A run that is over is kept whole or not at all. One that is due still owes something, to GitHub or to a person. */
export async function prune(queries: Queries, before: string, limit: number): Promise<readonly RunId[]> {
  await forgetDeliveries(queries, before);
  await forgetReservations(queries, before);
  const rows = await queries
    .selectFrom("runs")
    .select("run")
    .where("live", "=", 0)
    .where("due_at", "is", null)
    .where("updated_at", "<", before)
    .orderBy("updated_at")
    .limit(limit)
    .execute();
  const runs = rows.map(({ run }) => run);
  if (runs.length === 0) return [];
  await queries.deleteFrom("events").where("run", "in", runs).execute();
  await queries.deleteFrom("leases").where("run", "in", runs).execute();
  await queries.deleteFrom("runs").where("run", "in", runs).execute();
  return runs.map((run) => RunId.parse(run));
}

interface Row {
  readonly run: string;
  readonly idx: number;
  readonly type: string;
  readonly body: string;
}

const PAGE = 500;

/** Facts that can name artifacts, a page at a time, after the given place. */
const pageAfter = (queries: Queries, last: Pick<Row, "run" | "idx"> | undefined): Promise<Row[]> => {
  const rows = queries.selectFrom("events").select(["run", "idx", "type", "body"]).where("type", "in", REFERRING);
  const rest =
    last === undefined
      ? rows
      : rows.where(({ and, eb, or }) =>
          or([eb("run", ">", last.run), and([eb("run", "=", last.run), eb("idx", ">", last.idx)])]),
        );
  return rest.orderBy("run").orderBy("idx").limit(PAGE).execute();
};

/** A fact that cannot be read may name anything: then nothing is known, and nothing may be collected. */
function bodyOf({ run, idx, body }: Row): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new JourneymanError("journal_corrupt", { run, index: idx, reason: "not JSON" }, { cause: error });
  }
}

/** Throws `journal_corrupt`. */
export async function referred(queries: Queries): Promise<ReadonlySet<Digest>> {
  const found = new Set<Digest>();
  let last: Row | undefined;
  do {
    const rows = await pageAfter(queries, last);
    for (const row of rows) findReferences(row.type, bodyOf(row), found);
    last = rows.length < PAGE ? undefined : rows.at(-1);
  } while (last !== undefined);
  return found;
}
