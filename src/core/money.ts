import type { Usage } from "./messages.ts";

/** Money is counted in whole micro-dollars (1 USD = 1,000,000), so that sums are exact. */
export type MicroUsd = number;

/** Prices in micro-dollars per million tokens. */
export interface ModelPrice {
  readonly input: MicroUsd;
  readonly cacheRead: MicroUsd;
  readonly cacheWrite: MicroUsd;
  readonly output: MicroUsd;
}

/** What an answer cost, rounded up to the next micro-dollar. */
export function costOf(usage: Usage, price: ModelPrice): MicroUsd {
  const total =
    usage.input * price.input +
    usage.cacheRead * price.cacheRead +
    usage.cacheWrite * price.cacheWrite +
    usage.output * price.output;
  return Math.ceil(total / 1_000_000);
}

/** The most a call can cost: every input token at its dearest, and the whole answer used. */
export function worstCaseOf(inputTokens: number, maxOutputTokens: number, price: ModelPrice): MicroUsd {
  const dearest = Math.max(price.input, price.cacheWrite);
  return Math.ceil((inputTokens * dearest + maxOutputTokens * price.output) / 1_000_000);
}

export const usd = (amount: MicroUsd): string =>
  `$${(amount / 1_000_000).toFixed(amount > 0 && amount < 10_000 ? 4 : 2)}`;

export const fromUsd = (dollars: number): MicroUsd => Math.round(dollars * 1_000_000);
