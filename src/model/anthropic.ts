import { Anthropic, APIConnectionTimeoutError, APIError } from "@anthropic-ai/sdk";
import type { RawMessageStreamEvent } from "@anthropic-ai/sdk/resources/messages";
import type { Stream } from "@anthropic-ai/sdk/streaming";
import type { ModelPrice } from "../core/money/money.ts";
import type { Model } from "../ports/model.ts";
import { createResponder, drain, HEADER_TIMEOUT_MS, watched, type Patience, type Wire } from "./attempt.ts";
import type { Thrown } from "./failures.ts";
import { priceBy, PRICES } from "./prices.ts";
import { buildBody } from "./request.ts";
import { take } from "./response.ts";

export interface AnthropicOptions extends Patience {
  readonly apiKey: string;
  /** Any server that speaks Anthropic's Messages API. */
  readonly baseUrl?: string;
  /** By exact model id; these win over the table in `prices.ts`. */
  readonly prices?: Readonly<Record<string, ModelPrice>>;
}

/**
 * The Messages API through the vendor's client, streamed. The client's retries are off: every attempt must be counted in the
 * journal. Its log is off: it would print pieces of answers. Trace headers are off: they belong to no one outside.
 */
export function createAnthropicModel(options: AnthropicOptions): Model {
  const client = new Anthropic({
    apiKey: options.apiKey,
    baseURL: options.baseUrl ?? "https://api.anthropic.com",
    maxRetries: 0,
    timeout: options.headerTimeoutMs ?? HEADER_TIMEOUT_MS,
    logLevel: "off",
    openTelemetry: { propagation: false },
  });
  return {
    respond: createResponder({ receive: receiveFrom(client), describe, estimate: null }, options),
    price: priceBy({ ...PRICES, ...options.prices }),
    standIn: () => null,
  };
}

const receiveFrom =
  (client: Anthropic): Wire["receive"] =>
  async (request, attempt) => {
    const { watchdog } = attempt;
    // The client would write the whole conversation out anew in every turn; else this is its `messages.create`.
    const sent = client.post<Stream<RawMessageStreamEvent>>("/v1/messages", {
      body: buildBody(request),
      headers: { "content-type": "application/json" },
      stream: true,
      signal: watchdog.signal,
      middleware: [async (outgoing, next) => watched(await next(outgoing), watchdog)],
    });
    const { data: events, request_id: requestId } = await sent.withResponse();
    attempt.begun = true;
    attempt.requestId = requestId ?? null;
    await drain(events, attempt, take);
  };

function describe(thrown: unknown): Thrown {
  if (thrown instanceof APIConnectionTimeoutError) return { kind: "late" };
  if (!(thrown instanceof APIError)) return { kind: "broken", cause: thrown };
  const { status, type, apiMessage: message, requestID, headers } = thrown;
  const named = { words: type === null ? [] : [type], message, requestId: requestID ?? null };
  if (typeof status === "number") return { kind: "status", status, headers, ...named };
  return type === null ? { kind: "broken", cause: thrown } : { kind: "event", ...named };
}
