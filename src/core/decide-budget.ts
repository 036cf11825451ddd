import { ceilingOf, offerFor, openLack, reservedIn } from "./money/ceiling.ts";
import { fromUsd, type MicroUsd, typedUsd, usd } from "./money/money.ts";
import type { ReceivedCommand, RunState } from "./state.ts";
import type { Permission } from "./subject.ts";
import { refuse, type Refused, type Verdict } from "./verdict.ts";

/*
 * What commands do to a run's budget. To lower it, or to raise it up to what the settings give a run, write access is enough; above that
 * the settings say who may. A budget that would not get the run any further is refused with one that would.
 */

/** Settled, and what calls under way may still cost. */
const committed = (state: RunState): MicroUsd =>
  [...reservedIn(state).values()].reduce((sum, amount) => sum + amount, state.costMicroUsd);

/** Why this person may not set this budget; null when they may. */
export function refusedBudget(state: RunState, wanted: MicroUsd, permission: Permission | null): Refused | null {
  const isAdmin = permission === "admin";
  if (state.intake === null && !isAdmin) return refuse("settings_unread");
  const { run_usd = 0, raised_by = "admin" } = state.intake?.settings.budget ?? {};
  const free = Math.max(fromUsd(run_usd), ceilingOf(state));
  if (wanted > free && raised_by === "admin" && !isAdmin) return refuse("budget_too_high", { ceiling: usd(free) });
  if (wanted <= committed(state)) return refuse("budget_too_low", { spent: usd(committed(state)) });
  return null;
}

/** A run that was held up for want of money goes on with the new budget, if that is enough for what it was about to do. */
export function decideBudget(state: RunState, received: ReceivedCommand, permission: Permission | null): Verdict {
  if (received.command.name !== "budget") return [];
  const { index, actor, command } = received;
  const wanted = fromUsd(command.usd);
  if (wanted === ceilingOf(state)) return refuse("budget_same", { ceiling: usd(wanted) });
  const refused = refusedBudget(state, wanted, permission);
  if (refused !== null) return refused;
  const lack = openLack({ ...state, budgetMicroUsd: wanted });
  if (lack !== null) {
    const { needed, spent } = lack;
    const offer = typedUsd(offerFor(state, openLack(state) ?? lack).budget);
    return refuse("budget_not_enough", { spent: usd(spent), needed: usd(needed), given: usd(wanted), offer });
  }
  const goesOn = state.parked?.code === "budget_exhausted";
  return [
    { type: "budget.changed", command: index, ceilingMicroUsd: wanted, by: actor },
    ...(goesOn ? [{ type: "run.resumed" as const, command: index }] : []),
  ];
}
