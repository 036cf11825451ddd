import { Anthropic } from "@anthropic-ai/sdk";
import type { ModelRequest } from "../core/messages.ts";
import type { ModelPrice } from "../core/money.ts";
import type { Model, ModelOutcome } from "../ports/model.ts";
import { fail, failureOf } from "./failures.ts";
import type { Failure } from "./failures.ts";
import { PRICES } from "./prices.ts";
import { buildParams } from "./request.ts";
import { messageOf, nothingYet, stopReasonOf, take } from "./response.ts";
import type { Arriving } from "./response.ts";
import { createWatchdog } from "./watchdog.ts";
import type { Watchdog } from "./watchdog.ts";

export interface AnthropicOptions {
  readonly apiKey: string;
  /** Any server that speaks Anthropic's Messages API. */
  readonly baseUrl?: string;
  /** By exact model id; these win over the table in `prices.ts`. */
  readonly prices?: Readonly<Record<string, ModelPrice>>;
  /** Most milliseconds without a byte of an answer that has begun. */
  readonly stallMs?: number;
  /** Most milliseconds until an answer begins. */
  readonly headerTimeoutMs?: number;
  /** Most milliseconds for a whole answer. */
  readonly turnTimeoutMs?: number;
}

/**
 * The Messages API through the vendor's client, streamed. The client's retries are off: every attempt must be counted in the
 * journal. Its log is off: it would print pieces of answers. Trace headers are off: they belong to no one outside.
 */
export function createAnthropicModel(options: AnthropicOptions): Model {
  const { apiKey, stallMs = 90_000, headerTimeoutMs = 60_000, turnTimeoutMs = 900_000 } = options;
  const prices = new Map(Object.entries({ ...PRICES, ...options.prices }));
  const client = new Anthropic({
    apiKey,
    baseURL: options.baseUrl ?? "https://api.anthropic.com",
    maxRetries: 0,
    timeout: headerTimeoutMs,
    logLevel: "off",
    openTelemetry: { propagation: false },
  });

  const respond = async (request: ModelRequest, signal: AbortSignal): Promise<ModelOutcome> => {
    const started = performance.now();
    const answer = nothingYet();
    const watchdog = createWatchdog({ signal, stallMs, turnTimeoutMs });
    const call: Call = { answer, watchdog, begun: false, requestId: null, thrown: null };
    try {
      await receive(client, request, call);
    } catch (error) {
      call.thrown = error;
    } finally {
      watchdog.close();
    }
    return outcomeOf(call, { apiKey, durationMs: Math.round(performance.now() - started) });
  };

  return { respond, price: (model) => prices.get(model) ?? null };
}

interface Call {
  readonly answer: Arriving;
  readonly watchdog: Watchdog;
  /** The response headers came. */
  begun: boolean;
  requestId: string | null;
  thrown: unknown;
}

async function receive(client: Anthropic, request: ModelRequest, call: Call): Promise<void> {
  const { answer, watchdog } = call;
  const sent = client.messages.create(buildParams(request), {
    signal: watchdog.signal,
    middleware: [async (outgoing, next) => watched(await next(outgoing), watchdog)],
  });
  const { data: events, request_id: requestId } = await sent.withResponse();
  call.begun = true;
  call.requestId = requestId ?? null;
  for await (const event of events) {
    take(answer, event);
    // Not a `break`: the client would drop the connection, and the next turn would have to open one.
    if (answer.whole) watchdog.expectEnd();
  }
}

/** The same response, with every chunk of its body reported to the watchdog. */
function watched(response: Response, watchdog: Watchdog): Response {
  watchdog.touch();
  if (response.body === null) return response;
  const tap = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      watchdog.touch();
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(tap), response);
}

/** A whole answer stands, whatever broke after it: it was billed. */
function outcomeOf(call: Call, { apiKey, durationMs }: { apiKey: string; durationMs: number }): ModelOutcome {
  const { answer } = call;
  const stopReason = answer.whole && answer.stopReason !== null ? stopReasonOf(answer.stopReason) : null;
  if (stopReason === null || answer.usage === null) {
    return { kind: "failed", ...failureOfCall(call, apiKey), billed: answer.usage, durationMs };
  }
  return {
    kind: "answered",
    message: messageOf(answer, stopReason),
    stopReason,
    usage: answer.usage,
    requestId: call.requestId ?? answer.id,
    durationMs,
  };
}

function failureOfCall({ answer, watchdog, begun, thrown }: Call, apiKey: string): Failure {
  if (answer.whole) return fail("bad_request", "the answer stopped for a reason this version does not know");
  const verdict = watchdog.verdict();
  if (verdict === "cancelled") return fail("cancelled", "cancelled");
  if (verdict === "stalled") return fail("stalled", "the answer fell silent");
  if (verdict === "overtime") return fail("stalled", "the answer took too long");
  if (thrown !== null) return failureOf(thrown, { apiKey, begun, now: Date.now() });
  return fail("cut", answer.usage !== null ? "the answer ended before it was whole" : "the answer was empty");
}
