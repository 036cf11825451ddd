import type { MicroUsd, ModelPrice } from "../../core/money/money.ts";
import type { Plan } from "../../core/plan.ts";

/** What one step of a plan takes of an executor, in tokens: a lean one and a laborious one. */
const LEAN = { cacheRead: 8_000, cacheWrite: 800, output: 350 };
const LABORIOUS = { cacheRead: 250_000, cacheWrite: 20_000, output: 8_000 };

/** What the work on a plan may cost, from its number of steps; never more than `room`, the rest of the run's budget. A guess, said to be one. */
export function costRange(
  price: ModelPrice | null,
  plan: Plan,
  room: MicroUsd,
): { readonly low: MicroUsd; readonly high: MicroUsd } {
  const ceiling = Math.max(0, room);
  if (price === null) return { low: 0, high: ceiling };
  const steps = plan.steps.length + plan.tests.length + 1;
  const cost = (need: typeof LEAN): MicroUsd => {
    const one = need.cacheRead * price.cacheRead + need.cacheWrite * price.cacheWrite + need.output * price.output;
    return Math.min(ceiling, Math.ceil((steps * one) / 1_000_000));
  };
  return { low: cost(LEAN), high: cost(LABORIOUS) };
}
