import type { ModelPrice, TokenPrices } from "../core/money/money.ts";
import { wireName } from "../core/vendor.ts";

/*
 * Micro-dollars per million tokens, standard tier, five-minute cache writes.
 * Source: @pydantic/genai-prices 0.1.8 (provider "anthropic"), read on 2026-11-20.
 *
 * Exact ids only: a model that looks like a cheaper sibling must not be priced as it. So these, which the source does not know, are
 * not here, and cannot be used under a budget until the operator gives their price: claude-sonnet-5-5, claude-haiku-5-5,
 * claude-fable-5-2, claude-mythos-5, claude-mythos-5-1, claude-mythos-5-2, claude-mythos-preview.
 */

export type Figures = readonly [input: number, cacheRead: number, cacheWrite: number, output: number];

/** Dollars per million tokens: input, cache read, cache write, output. */
export const dollars = (...[input, cacheRead, cacheWrite, output]: Figures): TokenPrices => ({
  input: Math.round(input * 1_000_000),
  cacheRead: Math.round(cacheRead * 1_000_000),
  cacheWrite: Math.round(cacheWrite * 1_000_000),
  output: Math.round(output * 1_000_000),
});

/** The one model here whose long requests are dearer. */
const SONNET_4_5: ModelPrice = {
  ...dollars(3, 0.3, 3.75, 15),
  long: { above: 200_000, ...dollars(6, 0.6, 7.5, 22.5) },
};

export const PRICES: Readonly<Record<string, ModelPrice>> = {
  "claude-opus-5-5": dollars(4, 0.2, 5, 20),
  "claude-fable-5-1": dollars(10, 0.25, 12.5, 50),
  "claude-fable-5": dollars(10, 1, 12.5, 50),
  "claude-opus-5": dollars(5, 0.5, 6.25, 25),
  "claude-sonnet-5": dollars(2, 0.2, 2.5, 10),
  "claude-opus-4-8": dollars(5, 0.5, 6.25, 25),
  "claude-opus-4-7": dollars(5, 0.5, 6.25, 25),
  "claude-opus-4-6": dollars(5, 0.5, 6.25, 25),
  "claude-sonnet-4-6": dollars(3, 0.3, 3.75, 15),
  "claude-opus-4-5": dollars(5, 0.5, 6.25, 25),
  "claude-opus-4-5-20251101": dollars(5, 0.5, 6.25, 25),
  "claude-sonnet-4-5": SONNET_4_5,
  "claude-sonnet-4-5-20250929": SONNET_4_5,
  "claude-haiku-4-5": dollars(1, 0.1, 1.25, 5),
  "claude-haiku-4-5-20251001": dollars(1, 0.1, 1.25, 5),
};

/** Looks a price up by the exact id as it was given, then by the id as the vendor knows it. */
export function priceBy(table: Readonly<Record<string, ModelPrice>>): (model: string) => ModelPrice | null {
  const prices = new Map(Object.entries(table));
  return (model) => prices.get(model) ?? prices.get(wireName(model)) ?? null;
}
