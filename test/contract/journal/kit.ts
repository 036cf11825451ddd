import { randomBytes } from "node:crypto";
import { JourneymanError } from "../../../src/core/errors.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { makeRunId, type RunId } from "../../../src/core/ids.ts";
import type { Subject } from "../../../src/core/subject.ts";
import type { JournalStore } from "../../../src/journal/journal.ts";
import type { Claim, Journal, LedgerEntry, RunSummary } from "../../../src/ports/journal.ts";

/** Where a driver under test keeps a journal. */
export interface JournalPlace {
  /** Another connection to the same data. */
  open(): Promise<Journal>;
  /** What a child process needs to open the same data (see child.ts). */
  readonly address: string;
  remove(): Promise<void>;
}

export const storeAt = (address: string): JournalStore =>
  address.startsWith("postgres://") ? { url: address } : { file: address };

export const START = Date.parse("2026-11-20T12:00:00.000Z");
export const iso = (at: number): string => new Date(at).toISOString();
export const newRun = (at = START): RunId => makeRunId(at, randomBytes(10));

export const subject = (issue = 7): Subject => ({
  host: "github.com",
  installationId: 11,
  repositoryId: 22,
  owner: "octo",
  name: "spoon",
  issue,
});

export const requested = (of: Subject = subject()): RunEvent => ({
  type: "run.requested",
  subject: of,
  title: "Fix the spoon",
  isPullRequest: false,
});

export const commanded = (deliveryId: string): RunEvent => ({
  type: "command.received",
  command: { name: "approve", digest: null, budgetUsd: null, model: null },
  actor: { id: 1, login: "mona", type: "User", viaApp: false },
  deliveryId,
  comment: null,
});

export const noted = (text: string): RunEvent => ({ type: "message.added", conversation: "plan.1", text });

export const working: RunSummary = { status: "working", live: true, dueAt: iso(START), costMicroUsd: 0 };

/** Takes in the first delivery of a new run. */
export async function found(journal: Journal, of: Subject = subject(), run: RunId = newRun()): Promise<RunId> {
  const keys = { id: `found-${run}`, body: `found-body-${run}` };
  await journal.receive(keys, of, { at: iso(START), admit: () => ({ run, events: [requested(of)] }) });
  return run;
}

export async function claimed(journal: Journal, run: RunId, now = START): Promise<Claim> {
  const claim = await journal.claim(run, { holder: "worker", leaseMs: 60_000, now });
  if (claim === null) throw new JourneymanError("lease_lost");
  return claim;
}

/** Appends one fact under a claim, half-way through its lease. */
export const add = (
  journal: Journal,
  claim: Claim,
  next: number,
  extra: { at?: number; ledger?: LedgerEntry | LedgerEntry[]; summary?: RunSummary; events?: readonly RunEvent[] } = {},
) =>
  journal.append(claim, {
    next,
    events: extra.events ?? [noted(`fact ${next}`)],
    at: iso(extra.at ?? START),
    summary: extra.summary ?? working,
    ...(extra.ledger === undefined ? {} : { ledger: [extra.ledger].flat() }),
  });

/** A run that appends one fact after the other, each with an entry in the ledger. */
export async function spender(journal: Journal, issue: number, run: RunId = newRun(START + issue)) {
  await found(journal, subject(issue), run);
  const claim = await claimed(journal, run);
  let next = 1;
  const enter = async (ledger: LedgerEntry | LedgerEntry[]) => {
    const answer = await add(journal, claim, next, { ledger });
    if (answer.kind === "appended") next = answer.next;
    return answer;
  };
  return { run, enter };
}
