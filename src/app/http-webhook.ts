import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { asJourneymanError, JourneymanError } from "../core/errors.ts";
import type { DeliveryKeys, Intent } from "../core/intent.ts";
import { deliveryKeys, readDelivery } from "../github/intake.ts";
import { headerAgrees } from "../github/payload.ts";
import type { Clock } from "../ports/clock.ts";
import type { Journal, Receipt } from "../ports/journal.ts";
import type { Queue } from "../ports/queue.ts";
import type { Answer } from "./http-answer.ts";
import type { Body } from "./http-body.ts";
import { takeIn } from "./take-in.ts";

/** As much of a logger as is needed; pino's shape. */
export interface WebLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface WebhookParts {
  readonly journal: Pick<Journal, "receive">;
  readonly queue: Pick<Queue, "wake">;
  readonly clock: Pick<Clock, "now" | "newRunId" | "sleep">;
  readonly host: string;
  readonly labels: readonly string[];
  readonly log: WebLog;
  readonly readBody: (request: IncomingMessage) => Promise<Body>;
  readonly checkSignature: (body: Uint8Array, signature: string | undefined) => Promise<string | null>;
}

const UNREAD: Readonly<Record<Exclude<Body["kind"], "read">, Answer>> = {
  too_large: { status: 413, body: { error: "the body is too large" } },
  too_slow: { status: 408, body: { error: "the body did not arrive in time" } },
  busy: { status: 503, body: { error: "too much at once" }, retryAfterSeconds: 5 },
  cut: { status: 400, body: { error: "the body is not whole" } },
};

/** GitHub gives up after 10 seconds: by then it should have been told. Milliseconds. */
const STORE_MS = 8_000;

const DELIVERY_ID = /^[\w-]{1,100}$/;

/**
 * Takes one delivery in. In this order, and nothing is parsed or stored before its turn: body within bounds → signature → JSON →
 * the unsigned header agrees with the signed body → one transaction of the journal → answer.
 */
export async function receiveDelivery(parts: WebhookParts, request: IncomingMessage): Promise<Answer> {
  const body = await parts.readBody(request);
  if (body.kind !== "read") return UNREAD[body.kind];
  const text = await parts.checkSignature(body.bytes, header(request.headers, "x-hub-signature-256"));
  if (text === null) return { status: 401, body: { error: "the signature does not fit" } };
  const payload = parseJson(text);
  if (payload === undefined) return { status: 400, body: { error: "the body is not JSON" } };
  const event = header(request.headers, "x-github-event");
  const guid = header(request.headers, "x-github-delivery");
  if (event === undefined || guid === undefined || !DELIVERY_ID.test(guid) || !headerAgrees(event, payload)) {
    return { status: 400, body: { error: "the headers do not fit the body" } };
  }
  const intent = readDelivery(payload, parts);
  if (intent === null) return { status: 202, body: { ignored: true } };
  const receipt = await store(parts, intent, deliveryKeys(guid, payload, body.bytes));
  if (receipt === null) return { status: 503, body: { error: "not stored" }, retryAfterSeconds: 30 };
  if (receipt.kind !== "accepted") return { status: 202, body: { [receipt.kind]: true } };
  parts.log.info({ delivery: guid, run: receipt.run, command: intent.command.name }, "delivery accepted");
  return { status: 202, body: { run: receipt.run } };
}

/**
 * Null when the journal could not be written in time: GitHub's record then shows the delivery as failed, and it is asked for again. Should
 * it have been written after all, that one is a duplicate.
 */
async function store(parts: WebhookParts, intent: Intent, keys: DeliveryKeys): Promise<Receipt | null> {
  const over = new AbortController();
  try {
    const late = parts.clock.sleep(STORE_MS, over.signal).then(() => {
      throw new JourneymanError("storage_unavailable", { reason: "no answer in time" });
    });
    late.catch(() => {});
    return await Promise.race([takeIn(parts, intent, keys), late]);
  } catch (thrown) {
    parts.log.error({ delivery: keys.id, code: asJourneymanError(thrown).code }, "delivery not stored");
    return null;
  } finally {
    over.abort();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}
