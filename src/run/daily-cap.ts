import type { RunEvent } from "../core/events.ts";
import { fromUsd, type MicroUsd } from "../core/money.ts";
import { DEFAULT_SETTINGS } from "../core/settings.ts";
import { reservationKey, type RunState } from "../core/state.ts";
import { tenantOf } from "../core/subject.ts";
import type { LedgerEntry } from "../ports/journal.ts";

/**
 * The ledger entry that belongs to facts about to be appended: a call to the model reserves its worst case, its end settles it.
 * `at` is ISO 8601; its date is the UTC day that is charged. The operator's cap stands, a repository's settings may lower it.
 */
export function ledgerEntry(
  state: RunState,
  events: readonly RunEvent[],
  { at, capMicroUsd }: { readonly at: string; readonly capMicroUsd: MicroUsd },
): LedgerEntry | null {
  for (const [offset, event] of events.entries()) {
    if (event.type === "model.requested" && state.subject !== null) {
      const own = fromUsd((state.intake?.settings ?? DEFAULT_SETTINGS).budget.day_usd);
      return {
        kind: "reserve",
        tenant: tenantOf(state.subject),
        day: at.slice(0, 10),
        key: reservationKey(state.run, state.facts + offset),
        amount: event.reservedMicroUsd,
        cap: Math.min(capMicroUsd, own),
      };
    }
    const settles = event.type === "model.responded" || event.type === "model.failed";
    if (settles && state.openCall !== null)
      return { kind: "settle", key: reservationKey(state.run, state.openCall.index), amount: event.costMicroUsd };
  }
  return null;
}
