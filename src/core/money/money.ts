import type { Usage } from "../messages.ts";

/** Money is counted in whole micro-dollars (1 USD = 1,000,000), so that sums are exact. */
export type MicroUsd = number;

/** Prices in micro-dollars per million tokens. */
export interface TokenPrices {
  readonly input: MicroUsd;
  readonly cacheRead: MicroUsd;
  readonly cacheWrite: MicroUsd;
  readonly output: MicroUsd;
}

export interface ModelPrice extends TokenPrices {
  /** What every token costs once the whole input is above a number of tokens. */
  readonly long?: TokenPrices & { readonly above: number };
}

const pricesFor = (price: ModelPrice, inputTokens: number): TokenPrices =>
  price.long !== undefined && inputTokens > price.long.above ? price.long : price;

/** What an answer cost, rounded up to the next micro-dollar. */
export function costOf(usage: Usage, price: ModelPrice): MicroUsd {
  const prices = pricesFor(price, usage.input + usage.cacheRead + usage.cacheWrite);
  const total =
    usage.input * prices.input +
    usage.cacheRead * prices.cacheRead +
    usage.cacheWrite * prices.cacheWrite +
    usage.output * prices.output;
  return Math.ceil(total / 1_000_000);
}

/** The most a call can cost: every input token at its dearest, and the whole answer used. */
export function worstCaseOf(inputTokens: number, maxOutputTokens: number, price: ModelPrice): MicroUsd {
  const prices = pricesFor(price, inputTokens);
  const dearest = Math.max(prices.input, prices.cacheWrite);
  return Math.ceil((inputTokens * dearest + maxOutputTokens * prices.output) / 1_000_000);
}

export const usd = (amount: MicroUsd): string =>
  `$${(amount / 1_000_000).toFixed(amount > 0 && amount < 10_000 ? 4 : 2)}`;

/** As somebody would type it after a `$`: whole dollars, or dollars and cents; a fraction of a cent counts as one. */
export function typedUsd(amount: MicroUsd): string {
  const cents = Math.ceil(amount / 10_000);
  return cents % 100 === 0 ? String(cents / 100) : (cents / 100).toFixed(2);
}

export const fromUsd = (dollars: number): MicroUsd => Math.round(dollars * 1_000_000);
