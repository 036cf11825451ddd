import { readFileSync } from "node:fs";
import { z } from "zod";
import { parseFailover, type StandIns } from "../model/failover.ts";
import { OPENAI_PRICES } from "../model/openai-prices.ts";
import { parsePrices } from "../model/price-file.ts";
import { priceBy, PRICES } from "../model/prices.ts";
import type { Vendor } from "../core/vendor.ts";

/*
 * What the environment says about models: who speaks for them, who stands in for whom, what they cost.
 */

const text = z.string().trim().min(1);

/** The path of a price file, read in; each of its faults is one of the configuration. */
const priceFile = text.transform((path, context) => {
  try {
    const { prices, faults } = parsePrices(readFileSync(path, "utf8"));
    for (const fault of faults) context.addIssue(`(${path}) ${fault}`);
    return prices ?? z.NEVER;
  } catch {
    context.addIssue(`names ${path}, which cannot be read`);
    return z.NEVER;
  }
});

export const ModelService = z.object({
  ANTHROPIC_API_KEY: text.optional(),
  ANTHROPIC_BASE_URL: z.url().optional(),
  OPENAI_API_KEY: text.optional(),
  OPENAI_BASE_URL: z.url().optional(),
  OPENAI_API: z.enum(["responses", "chat"]).default("responses"),
  MODEL_FAILOVER: text.optional(),
  MODEL_PRICES_FILE: priceFile.optional(),
});
export interface ModelConfig extends Readonly<z.infer<typeof ModelService>> {}

export const MODEL_SECRETS = ["ANTHROPIC_API_KEY", "OPENAI_API_KEY"] as const;

export const modelSecrets = (config: ModelConfig): (string | undefined)[] => MODEL_SECRETS.map((name) => config[name]);

type Named = Readonly<Partial<Record<"ANTHROPIC_API_KEY" | "OPENAI_API_KEY" | "OPENAI_BASE_URL", string | undefined>>>;

/** A server of the OpenAI shape may ask for no key; its address is enough. */
export const vendorsIn = (named: Named): ReadonlySet<Vendor> =>
  new Set([
    ...(named.ANTHROPIC_API_KEY === undefined ? [] : ["anthropic" as const]),
    ...(named.OPENAI_API_KEY === undefined && named.OPENAI_BASE_URL === undefined ? [] : ["openai" as const]),
  ]);

export const standInsOf = (config: ModelConfig): StandIns =>
  config.MODEL_FAILOVER === undefined ? new Map() : parseFailover(config.MODEL_FAILOVER, vendorsIn(config)).standIns;

export const priceOf = (config: Pick<ModelConfig, "MODEL_PRICES_FILE">): ReturnType<typeof priceBy> =>
  priceBy({ ...PRICES, ...OPENAI_PRICES, ...config.MODEL_PRICES_FILE });

const NO_PROVIDER =
  "ANTHROPIC_API_KEY is not set, and neither is OPENAI_API_KEY or OPENAI_BASE_URL: one provider of a model is needed";

/** What no single variable shows: that there is a provider at all, and that every chain can be followed. */
export function modelFaults(values: Readonly<Record<string, string>>, parsed: ModelConfig | null): string[] {
  const vendors = vendorsIn(values);
  const lone = vendors.size > 0 ? [] : [NO_PROVIDER];
  const chains = values["MODEL_FAILOVER"];
  if (chains === undefined) return lone;
  const { standIns, faults } = parseFailover(chains, vendors);
  const price = parsed === null ? null : priceOf(parsed);
  const unpriced = new Set(
    [...standIns.keys(), ...standIns.values()].filter((id) => price !== null && price(id) === null),
  );
  return [
    ...lone,
    ...faults.map((fault) => `MODEL_FAILOVER ${fault}`),
    ...(faults.length > 0
      ? []
      : [...unpriced].map((id) => `MODEL_FAILOVER \`${id}\` has no known price: give it in MODEL_PRICES_FILE`)),
  ];
}
