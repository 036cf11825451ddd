import { ceilingOf, offerFor, openLack } from "../core/money/ceiling.ts";
import { isRunningLow } from "../core/money/limits.ts";
import { type MicroUsd, typedUsd, usd } from "../core/money/money.ts";
import type { AnsweredCommand, RunState } from "../core/state.ts";
import { code, counted, paragraphs } from "./frame.ts";

/* Money as people are told of it. */

const sums = (costs: Readonly<Partial<Record<string, MicroUsd>>>): string =>
  Object.entries(costs)
    .filter(([name, cost]) => name !== "" && cost !== undefined && cost > 0)
    .map(([name, cost = 0]) => `${code(name)} ${usd(cost)}`)
    .join(", ");

/** What went where; the empty text when nothing was spent. */
function spending(state: RunState): string {
  const { costMicroUsd, costByStage, costByRole, turns } = state;
  if (costMicroUsd === 0) return "";
  const average = turns === 0 ? "" : ` (${usd(Math.round(costMicroUsd / turns))} on average)`;
  return `Spent by stage: ${sums(costByStage)}. By role: ${sums(costByRole)}. ${counted(turns, "turn")}${average}.`;
}

/** What a higher budget would buy a run that is held up for want of one; the empty text for any other. */
export function budgetOffer(state: RunState): string {
  const lack = openLack(state);
  if (lack === null) return "";
  const { budget, turns } = offerFor(state, lack);
  const bought = `${code(`/budget $${typedUsd(budget)}`)} would buy about ${counted(turns, "more turn")} at the average so far.`;
  return paragraphs(spending(state), bought);
}

/** What is spent of the budget, with a warning when it will not last long. */
export function spentOfBudget(state: RunState): string {
  const [spent, ceiling] = [state.costMicroUsd, ceilingOf(state)];
  const isLow = state.outcome === null && isRunningLow(spent, ceiling);
  const share = isLow ? ` (**${Math.floor((100 * spent) / ceiling)} % of the budget**)` : "";
  return `${usd(spent)} of ${usd(ceiling)}${share}`;
}

/** The answer to a `/budget` that was accepted. */
export function budgetReply(state: RunState, { actor }: AnsweredCommand): string {
  const set = `The budget of this run is now ${usd(ceilingOf(state))}, set by ${code(actor.login)}.`;
  const held = state.parked === null ? "" : " The run is held up for another reason and waits.";
  return `${set} ${usd(state.costMicroUsd)} is spent.${held}`;
}
