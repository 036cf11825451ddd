import { z } from "zod";
import { fromUsd, type ModelPrice } from "../core/money/money.ts";

const dollars = z.number().nonnegative().max(100_000);

const Prices = z.record(
  z.string().min(1),
  z.strictObject({ input: dollars, output: dollars, cacheRead: dollars, cacheWrite: dollars }),
);

export type PriceFile =
  | { readonly prices: Readonly<Record<string, ModelPrice>>; readonly faults: readonly [] }
  | { readonly prices: null; readonly faults: readonly string[] };

/** Reads the operator's own prices: by exact model id, dollars per million tokens. Each fault names its key. */
export function parsePrices(text: string): PriceFile {
  const json = jsonOf(text);
  if (json === undefined) return { prices: null, faults: ["is not JSON"] };
  const parsed = Prices.safeParse(json);
  if (!parsed.success) return { prices: null, faults: parsed.error.issues.map(faultOf) };
  const entries = Object.entries(parsed.data).map(([model, { input, output, cacheRead, cacheWrite }]) => [
    model,
    {
      input: fromUsd(input),
      output: fromUsd(output),
      cacheRead: fromUsd(cacheRead),
      cacheWrite: fromUsd(cacheWrite),
    },
  ]);
  return { prices: Object.fromEntries(entries) as Record<string, ModelPrice>, faults: [] };
}

const faultOf = ({ path, message }: z.core.$ZodIssue): string => {
  const key = path.map((part) => JSON.stringify(part)).join(" → ");
  return key === "" ? message : `${key}: ${message}`;
};

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
