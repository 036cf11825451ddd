import { lackOf } from "../core/money/ceiling.ts";
import { JourneymanError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import { fromUsd, type MicroUsd, usd } from "../core/money/money.ts";
import { DEFAULT_SETTINGS } from "../core/settings/settings.ts";
import { reservationKey, type RunState } from "../core/state.ts";
import { repositoryOf, tenantOf, type Subject } from "../core/subject.ts";
import type { CappedAccount, LedgerEntry, OverCap } from "../ports/journal.ts";
import { budgetExhausted } from "./talk/purse.ts";

/*
 * The money of facts about to be appended. Owns: that no request is written for which run or role has no room, which accounts of the day
 * a request is charged to, and what is said when one of them is used up.
 */

/** A run that has to wait for the next day starts this long after it has begun, in milliseconds: clocks differ. */
const AFTER_MIDNIGHT_MS = 60_000;
/** A run that lacks only what others have reserved looks again after this, in milliseconds: a call seldom takes longer. */
const RESERVED_MS = 60_000;

/** The accounts of a day. The operator's cap stands for the tenant, a repository's settings may lower it. */
function accountsOf(state: RunState, subject: Subject, operatorCap: MicroUsd): readonly CappedAccount[] {
  const { day_usd, repository_day_usd } = (state.intake?.settings ?? DEFAULT_SETTINGS).budget;
  const own = repository_day_usd === undefined ? null : fromUsd(repository_day_usd);
  return [
    { scope: "tenant", id: tenantOf(subject), cap: Math.min(operatorCap, fromUsd(day_usd)) },
    { scope: "repository", id: repositoryOf(subject), cap: own },
  ];
}

/**
 * The ledger entries that belong to facts about to be appended: a call to the model reserves its worst case, its end settles it.
 * `at` is ISO 8601; its date is the UTC day that is charged.
 */
export const ledgerEntries = (
  state: RunState,
  events: readonly RunEvent[],
  when: { readonly at: string; readonly capMicroUsd: MicroUsd },
): readonly LedgerEntry[] => events.flatMap((event, offset) => ledgerEntry(state, { event, offset }, when) ?? []);

function ledgerEntry(
  state: RunState,
  { event, offset }: { readonly event: RunEvent; readonly offset: number },
  { at, capMicroUsd }: { readonly at: string; readonly capMicroUsd: MicroUsd },
): LedgerEntry | null {
  if (event.type === "model.requested" && state.subject !== null) {
    return {
      kind: "reserve",
      day: at.slice(0, 10),
      key: reservationKey(state.run, state.facts + offset),
      amount: event.reservedMicroUsd,
      accounts: accountsOf(state, state.subject, capMicroUsd),
    };
  }
  if (event.type !== "model.responded" && event.type !== "model.failed") return null;
  const open = state.openCalls[event.conversation];
  if (open === undefined) return null;
  return { kind: "settle", key: reservationKey(state.run, open.index), amount: event.costMicroUsd };
}

/**
 * The last word on the ceilings of run and role: asked of the very state that a request is appended to, since others may have asked since
 * it was made. Throws `budget_exhausted`.
 */
export function assertRoom(state: RunState, events: readonly RunEvent[]): void {
  for (const event of events) {
    if (event.type !== "model.requested") continue;
    const { conversation, reservedMicroUsd } = event;
    const lack = lackOf(state, { conversation, neededMicroUsd: reservedMicroUsd });
    if (lack !== null) throw budgetExhausted(lack, conversation);
  }
}

const SCOPES = { tenant: "this installation", repository: "this repository" } as const;

const DAY_MS = 24 * 60 * 60_000;

const nextDay = (now: number): number => (Math.floor(now / DAY_MS) + 1) * DAY_MS + AFTER_MIDNIGHT_MS;

/** As people read it: `2026-01-02 00:01 UTC`. */
const minuteOf = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;

/** What a run is parked with when a cap of the day has no room for its call: until the next day, or for a while. `at` is ISO 8601. */
export function overCap({ scope, cap, spent, reserved }: OverCap, needed: MicroUsd, at: string): JourneymanError {
  const now = Date.parse(at);
  const until = nextDay(now);
  const details = { scope: SCOPES[scope], spent: usd(spent), needed: usd(needed), ceiling: usd(cap) };
  return spent - reserved + needed <= cap
    ? new JourneymanError("day_budget_reserved", details, { retryAfterMs: RESERVED_MS })
    : new JourneymanError(
        "day_budget_exhausted",
        { ...details, until: minuteOf(until) },
        { retryAfterMs: until - now },
      );
}
