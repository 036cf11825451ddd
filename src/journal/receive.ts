import { JourneymanError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import { RunId } from "../core/ids.ts";
import type { DeliveryKeys } from "../core/intent.ts";
import type { Subject } from "../core/subject.ts";
import type { Admission, KnownRuns, ReceiveEntry, Receipt } from "../ports/journal.ts";
import { writeFacts } from "./facts.ts";
import { runLock } from "./locks.ts";
import type { Queries, TakeLocks } from "./schema.ts";

export interface Delivery extends ReceiveEntry {
  readonly keys: DeliveryKeys;
  readonly subject: Subject;
}

/** The id and the body live in one table; the prefixes keep one from being taken for the other. */
export const keysOf = ({ id, body, also = [] }: DeliveryKeys): string[] => [
  `id:${id}`,
  ...new Set([body, ...also].map((name) => `body:${name}`)),
];

/** Whether one of the names was seen before. */
export async function isKnown(queries: Queries, keys: DeliveryKeys): Promise<boolean> {
  const found = queries.selectFrom("deliveries").select("key").where("key", "in", keysOf(keys));
  return (await found.executeTakeFirst()) !== undefined;
}

/** When the oldest delivery came that is remembered. */
export async function remembersFrom(queries: Queries): Promise<string | null> {
  const oldest = await queries.selectFrom("deliveries").select("at").orderBy("at").limit(1).executeTakeFirst();
  return oldest?.at ?? null;
}

/** The issue is locked: no run is added to it. Its runs are too from here on, since an append may end one. */
async function knownRuns(queries: Queries, take: TakeLocks, subject: Subject): Promise<KnownRuns> {
  const ofIssue = queries
    .selectFrom("runs")
    .select("run")
    .where("host", "=", subject.host)
    .where("repository_id", "=", subject.repositoryId)
    .where("issue", "=", subject.issue)
    .where("silent", "=", 0);
  await take((await ofIssue.orderBy("run").execute()).map(({ run }) => runLock(run)));
  const live = await ofIssue.where("live", "=", 1).executeTakeFirst();
  const latest = await ofIssue.orderBy("run", "desc").limit(1).executeTakeFirst();
  const idOf = (row: { run: string } | undefined) => (row === undefined ? null : RunId.parse(row.run));
  return { live: idOf(live), latest: idOf(latest) };
}

async function startRun(queries: Queries, delivery: Delivery, admission: Admission): Promise<void> {
  const [first] = admission.events;
  if (first?.type !== "run.requested") {
    throw new JourneymanError("internal", { reason: "the first fact of a run must be run.requested" });
  }
  const { subject, at } = delivery;
  const values = {
    run: admission.run,
    host: subject.host,
    repository_id: subject.repositoryId,
    issue: subject.issue,
    subject: JSON.stringify(subject),
    title: first.title,
    status: "requested",
    live: 1,
    due_at: Date.parse(at),
    cost_micro_usd: 0,
    created_at: at,
    updated_at: at,
    facts: 0,
    origin: null,
    silent: 0,
  };
  await queries.insertInto("runs").values(values).execute();
  await queries.insertInto("leases").values({ run: admission.run, epoch: 0, holder: "", expires_at: 0 }).execute();
}

interface Admitted {
  readonly delivery: Delivery;
  readonly admission: Admission;
}

/** Writes a person's facts behind those the run has. The run becomes due: a wake that is lost is found by the sweep. */
async function addFacts(queries: Queries, take: TakeLocks, { delivery, admission }: Admitted): Promise<number> {
  const current = () =>
    queries
      .selectFrom("runs")
      .innerJoin("leases", "leases.run", "runs.run")
      .select(["runs.facts", "leases.epoch"])
      .where("runs.run", "=", admission.run)
      .executeTakeFirst();
  await take([runLock(admission.run)]);
  let row = await current();
  if (row === undefined) {
    await startRun(queries, delivery, admission);
    row = { facts: 0, epoch: 0 };
  }
  const events: readonly RunEvent[] = admission.events;
  const place = { run: admission.run, first: row.facts, epoch: row.epoch, at: delivery.at };
  await writeFacts(queries, place, events);
  await queries
    .updateTable("runs")
    .set({ facts: row.facts + events.length, due_at: Date.parse(delivery.at), updated_at: delivery.at })
    .where("run", "=", admission.run)
    .execute();
  return row.facts;
}

/** One delivery in one transaction. All keys are remembered even when `admit` ignores it. */
export async function receive(queries: Queries, take: TakeLocks, delivery: Delivery): Promise<Receipt> {
  if (await isKnown(queries, delivery.keys)) return { kind: "duplicate" };
  const admission = delivery.admit(await knownRuns(queries, take, delivery.subject));
  await queries
    .insertInto("deliveries")
    .values(keysOf(delivery.keys).map((key) => ({ key, at: delivery.at })))
    .execute();
  if (admission === null) return { kind: "ignored" };
  const index = await addFacts(queries, take, { delivery, admission });
  return { kind: "accepted", run: admission.run, index };
}
