import { JourneymanError } from "../../src/core/errors.ts";
import type { RunEvent } from "../../src/core/events.ts";
import type { RunId } from "../../src/core/ids.ts";
import { Settings } from "../../src/core/settings/settings.ts";
import type { Claim, Journal } from "../../src/ports/journal.ts";
import { SUBJECT, toPlan, toPrepared } from "../../test/support/facts.ts";

/* Runs as they stand in a journal, written straight into it. */

const SETTINGS = Settings.parse({ limits: { turns: 500 }, budget: { run_usd: 1000, day_usd: 10_000 } });

async function write(journal: Journal, at: { run: RunId; issue: number }, events: readonly RunEvent[]): Promise<Claim> {
  const { run, issue } = at;
  const subject = { ...SUBJECT, issue };
  const [first, ...others] = events.map((event) => (event.type === "run.requested" ? { ...event, subject } : event));
  if (first === undefined) throw new JourneymanError("internal", { reason: "a run has facts" });
  const now = Date.now();
  const time = new Date(now).toISOString();
  const keys = { id: `id-${run}`, body: `body-${run}` };
  await journal.receive(keys, subject, { at: time, admit: () => ({ run, events: [first] }) });
  const claim = await journal.claim(run, { holder: "bench", leaseMs: 600_000, now });
  if (claim === null) throw new JourneymanError("internal", { reason: "the run is new" });
  const summary = { status: "waits", live: true, dueAt: null, costMicroUsd: 0 };
  const appended = await journal.append(claim, { next: claim.next, events: others, at: time, summary });
  if (appended.kind !== "appended") throw new JourneymanError("internal", { reason: appended.kind });
  return { ...claim, next: appended.next };
}

const posted = (key: string): RunEvent => ({ type: "effect.done", key, kind: key, remoteId: "1", url: "" });

/** A run whose plan was approved and whose dependencies are there, held by nobody. What it owes to GitHub is done. */
export async function preparedRun(journal: Journal, run: RunId, issue: number): Promise<void> {
  const claim = await claimedRun(journal, run, issue);
  await journal.release(claim, claim.next);
}

/** The same, held by the bench. */
export function claimedRun(journal: Journal, run: RunId, issue: number): Promise<Claim> {
  const events = toPrepared(SETTINGS);
  const seen = events.flatMap((event, at) => (event.type === "command.received" ? [posted(`eyes.${at}`)] : []));
  return write(journal, { run, issue }, [...events, ...seen]);
}

/** A run that waits for an approval, its plan posted, held by nobody. */
export async function parkedRun(journal: Journal, run: RunId, issue: number): Promise<void> {
  const claim = await write(journal, { run, issue }, [...toPlan(), posted("status"), posted("plan.1")]);
  await journal.release(claim, claim.next);
}
