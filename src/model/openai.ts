import type { ModelPrice } from "../core/money/money.ts";
import type { Model } from "../ports/model.ts";
import { createResponder, type Patience } from "./attempt.ts";
import type { OpenAiService } from "./openai-client.ts";
import { OPENAI_PRICES } from "./openai-prices.ts";
import { describe } from "./openai-thrown.ts";
import { estimate } from "./openai-usage.ts";
import { receiveChat, receiveResponse } from "./openai-wires.ts";
import { priceBy } from "./prices.ts";

export interface OpenAiOptions extends OpenAiService, Patience {
  /** `responses` carries reasoning from turn to turn; `chat` is what most other servers speak. */
  readonly api?: "responses" | "chat";
  /** By exact model id; these win over the table in `openai-prices.ts`. */
  readonly prices?: Readonly<Record<string, ModelPrice>>;
}

/**
 * OpenAI's Responses API or Chat Completions through the vendor's client, streamed. Nothing is stored at the vendor. Retries and log
 * of the client are off, as with Anthropic's.
 */
export function createOpenAiModel(options: OpenAiOptions): Model {
  const receive = options.api === "chat" ? receiveChat : receiveResponse;
  return {
    respond: createResponder({ receive: receive(options), describe, estimate }, options),
    price: priceBy({ ...OPENAI_PRICES, ...options.prices }),
    standIn: () => null,
  };
}
