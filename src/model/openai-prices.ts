import type { ModelPrice } from "../core/money/money.ts";
import { dollars, type Figures } from "./prices.ts";

/*
 * Dollars per million tokens, standard tier: input, cache read, cache write, output.
 * Source: @pydantic/genai-prices 0.1.8 (provider "openai"), read on 2026-11-20, prices of that day. Where the source has no price for a
 * cache read or a cache write, it is that of input.
 *
 * Exact ids only, for the reason in prices.ts. A server at another address may have other prices under the same ids: the operator's
 * own file wins.
 */

const flat = (figures: Figures, ...ids: readonly string[]): [string, ModelPrice][] =>
  ids.map((id) => [id, dollars(...figures)]);

/** A model whose every token is dearer once the input is above a bound: input twice, output one and a half times. */
const tiered = (above: number, figures: Figures, ...ids: readonly string[]): [string, ModelPrice][] => {
  const [input, cacheRead, cacheWrite, output] = figures;
  const long = { above, ...dollars(input * 2, cacheRead * 2, cacheWrite * 2, output * 1.5) };
  return ids.map((id) => [id, { ...dollars(...figures), long }]);
};

export const OPENAI_PRICES: Readonly<Record<string, ModelPrice>> = Object.fromEntries([
  ...tiered(271_999, [10, 1, 12.5, 50], "gpt-6-astra"),
  ...tiered(272_000, [2, 0.2, 2.5, 10], "gpt-6-sol"),
  ...tiered(272_000, [0.1, 0.01, 0.125, 0.5], "gpt-6-luna"),
  ...tiered(271_999, [4, 0.4, 5, 20], "gpt-5.6", "gpt-5.6-sol"),
  ...tiered(271_999, [2, 0.2, 2.5, 12], "gpt-5.6-terra"),
  ...tiered(271_999, [0.2, 0.02, 0.25, 1.2], "gpt-5.6-luna"),
  ...tiered(271_999, [5, 0.5, 5, 30], "gpt-5.5", "gpt-5.5-2026-04-23", "gpt-5.5-2026-04-24", "gpt-5.5-codex"),
  ...tiered(271_999, [30, 30, 30, 180], "gpt-5.5-pro", "gpt-5.5-pro-2026-04-23"),
  ...tiered(271_999, [2.5, 0.25, 2.5, 15], "gpt-5.4", "gpt-5.4-2026-03-05"),
  ...tiered(271_999, [30, 30, 30, 180], "gpt-5.4-pro", "gpt-5.4-pro-2026-03-05"),
  ...flat([0.75, 0.075, 0.75, 4.5], "gpt-5.4-mini", "gpt-5.4-mini-2026-03-17"),
  ...flat([0.2, 0.02, 0.2, 1.25], "gpt-5.4-nano", "gpt-5.4-nano-2026-03-17"),
  ...flat([1.75, 0.175, 1.75, 14], "gpt-5.3", "gpt-5.3-codex"),
  ...flat([1.75, 0.175, 1.75, 14], "gpt-5.2", "gpt-5.2-2025-12-11", "gpt-5.2-codex"),
  ...flat([21, 21, 21, 168], "gpt-5.2-pro", "gpt-5.2-pro-2025-12-11"),
  ...flat([1.25, 0.125, 1.25, 10], "gpt-5.1", "gpt-5.1-2025-11-13", "gpt-5.1-codex", "gpt-5.1-codex-max"),
  ...flat([0.25, 0.025, 0.25, 2], "gpt-5.1-mini", "gpt-5.1-codex-mini"),
  ...flat([1.25, 0.125, 1.25, 10], "gpt-5", "gpt-5-2025-08-07", "gpt-5-codex"),
  ...flat([0.25, 0.025, 0.25, 2], "gpt-5-mini", "gpt-5-mini-2025-08-07"),
  ...flat([0.05, 0.005, 0.05, 0.4], "gpt-5-nano"),
  ...flat([15, 15, 15, 120], "gpt-5-pro", "gpt-5-pro-2025-10-06"),
  ...flat([2, 0.5, 2, 8], "gpt-4.1", "gpt-4.1-2025-04-14"),
  ...flat([0.4, 0.1, 0.4, 1.6], "gpt-4.1-mini", "gpt-4.1-mini-2025-04-14"),
  ...flat([0.1, 0.025, 0.1, 0.4], "gpt-4.1-nano", "gpt-4.1-nano-2025-04-14"),
  ...flat([2, 0.5, 2, 8], "o3", "o3-2025-04-16"),
  ...flat([1.1, 0.275, 1.1, 4.4], "o4-mini", "o4-mini-2025-04-16"),
]);
