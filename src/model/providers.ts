import type { ModelPrice } from "../core/money/money.ts";
import type { Model, ModelFailure, ModelOutcome } from "../ports/model.ts";
import { createBreaker, type Breaker, type Leave } from "./breaker.ts";
import type { StandIns } from "./failover.ts";
import { OPENAI_PRICES } from "./openai-prices.ts";
import { priceBy, PRICES } from "./prices.ts";
import { vendorOfModel, type Vendor } from "../core/vendor.ts";

/*
 * One model of several providers: each request goes to the provider that its model's id names, behind that provider's circuit breaker.
 * Whether to go on with a stand-in is for the asker to decide: it has to be written down before it is done.
 */

/** Failures that say that the provider is not there. A rate limit, a refused key, a refused request come from one that is. */
const OUTAGES: ReadonlySet<ModelFailure> = new Set(["overloaded", "server_error", "network", "stalled", "cut"]);

/** Failures of our own making, which say nothing of the provider. */
const OURS: ReadonlySet<ModelFailure> = new Set(["cancelled", "astray"]);

export interface ProvidersOptions {
  readonly providers: Readonly<Partial<Record<Vendor, Model>>>;
  readonly standIns?: StandIns;
  /** The operator's own, by exact model id; they win. */
  readonly prices?: Readonly<Record<string, ModelPrice>>;
  /** Milliseconds from any fixed moment. */
  readonly now?: () => number;
}

export function createProviders(options: ProvidersOptions): Model {
  const { providers, standIns, now = () => performance.now() } = options;
  const breakers: Readonly<Record<Vendor, Breaker>> = { anthropic: createBreaker(now), openai: createBreaker(now) };
  return {
    respond: async (request, signal, watch) => {
      const vendor = vendorOfModel(request.model);
      const provider = providers[vendor];
      if (provider === undefined) return notSent("not_configured", `no provider of the ${vendor} shape is configured`);
      const pass = breakers[vendor].enter();
      if ("waitMs" in pass) {
        const detail = `the ${vendor} provider has failed too often; nothing was sent`;
        return notSent("circuit_open", detail, pass.waitMs);
      }
      const outcome = await provider.respond(request, signal, watch);
      settle(pass.leave, outcome);
      return outcome;
    },
    price: priceBy({ ...PRICES, ...OPENAI_PRICES, ...options.prices }),
    standIn: (model) => standIns?.get(model) ?? null,
    probe: () => {
      for (const breaker of Object.values(breakers)) breaker.probe();
    },
  };
}

function settle(leave: Leave, outcome: ModelOutcome): void {
  if (outcome.kind === "answered") return leave("alive");
  if (OUTAGES.has(outcome.failure)) return leave("outage");
  leave(OURS.has(outcome.failure) ? "nothing" : "alive");
}

const notSent = (failure: ModelFailure, detail: string, retryAfterMs: number | null = null): ModelOutcome => ({
  kind: "failed",
  failure,
  detail,
  retryAfterMs,
  billed: null,
  durationMs: 0,
});
