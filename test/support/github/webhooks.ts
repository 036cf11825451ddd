import { ok } from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";

/** GitHub calls a delivery failed after this time. */
const DELIVERY_TIMEOUT_MS = 10_000;

/** An event on its way to the App: `body` is the exact text that is signed. */
export interface Outgoing {
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly body: string;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
}

/** One attempt to deliver it. */
export interface Delivery extends Outgoing {
  readonly id: number;
  readonly redelivery: boolean;
  readonly deliveredAt: string;
  /** Seconds. */
  readonly duration: number;
  /** `OK`, or what went wrong. */
  readonly status: string;
  readonly statusCode: number;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly responseBody: string;
}

export interface Webhooks {
  /** Where deliveries go; null sends none. */
  url: string | null;
  /** Every attempt, oldest first. */
  readonly deliveries: readonly Delivery[];
  /** Events that wait because of `pause`. */
  readonly held: readonly Outgoing[];
  /** Queues an event; answers its GUID. */
  readonly send: (event: Omit<Outgoing, "guid">, guid?: string) => string;
  readonly pause: () => void;
  /** Lets the held events go: as they came, reversed, or those of these GUIDs in this order and then the rest. */
  readonly resume: (order?: "reversed" | readonly string[]) => void;
  /** The next deliveries fail as if the App could not be reached. */
  readonly loseNext: (count?: number) => void;
  /** The next events are never sent, and GitHub has no record of them. */
  readonly forgetNext: (count?: number) => void;
  /** The same GUID and body again, as an operator's redelivery. */
  readonly redeliver: (guid: string) => void;
  /** The same GUID and body again, as the network may do. */
  readonly duplicate: (guid: string) => void;
  /** Resolves when nothing is queued or under way; held events do not count. */
  readonly settled: () => Promise<void>;
}

interface Sender {
  readonly secret: string;
  readonly appId: number;
  readonly now: () => string;
  readonly nextId: () => number;
}

function headersOf(event: Outgoing, { secret, appId }: Sender): Record<string, string> {
  const sign = (algorithm: string): string => createHmac(algorithm, secret).update(event.body).digest("hex");
  return {
    accept: "*/*",
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/0000000",
    "x-github-delivery": event.guid,
    "x-github-event": event.event,
    "x-github-hook-id": String(appId),
    "x-github-hook-installation-target-id": String(appId),
    "x-github-hook-installation-target-type": "integration",
    "x-hub-signature": `sha1=${sign("sha1")}`,
    "x-hub-signature-256": `sha256=${sign("sha256")}`,
  };
}

type Outcome = Pick<Delivery, "status" | "statusCode" | "responseHeaders" | "responseBody">;
const failed = (status: string, statusCode: number): Outcome => ({
  status,
  statusCode,
  responseHeaders: {},
  responseBody: "",
});

async function post(url: string, headers: Record<string, string>, body: string): Promise<Outcome> {
  try {
    const signal = AbortSignal.timeout(DELIVERY_TIMEOUT_MS);
    const response = await fetch(url, { method: "POST", headers, body, signal });
    return {
      status: response.ok ? "OK" : response.statusText || `Invalid HTTP Response: ${response.status}`,
      statusCode: response.status,
      responseHeaders: Object.fromEntries(response.headers),
      responseBody: await response.text(),
    };
  } catch (error) {
    const late = error instanceof Error && error.name === "TimeoutError";
    return late ? failed("timed out", 504) : failed("failed to connect to host", 502);
  }
}

/** The event of an earlier delivery, to be sent again. */
function eventOf(deliveries: readonly Delivery[], guid: string): Outgoing {
  const found = deliveries.find((one) => one.guid === guid);
  ok(found !== undefined, `no delivery ${guid}`);
  const { event, action, body, installationId, repositoryId } = found;
  return { guid, event, action, body, installationId, repositoryId };
}

function inOrder(held: readonly Outgoing[], order: "reversed" | readonly string[] | undefined): readonly Outgoing[] {
  if (order === undefined) return held;
  if (order === "reversed") return held.toReversed();
  const first = order.flatMap((guid) => held.filter((event) => event.guid === guid));
  return [...first, ...held.filter((event) => !order.includes(event.guid))];
}

/** Sends events one after the other, in the order they happened, and remembers every attempt. */
export function createWebhooks(sender: Sender): Webhooks {
  const deliveries: Delivery[] = [];
  let held: Outgoing[] = [];
  let paused = false;
  let toLose = 0;
  let toForget = 0;
  let tail = Promise.resolve();

  async function deliver(event: Outgoing, url: string, redelivery: boolean): Promise<void> {
    const requestHeaders = headersOf(event, sender);
    const deliveredAt = sender.now();
    const start = performance.now();
    const lost = toLose > 0;
    if (lost) toLose -= 1;
    const outcome = lost ? failed("failed to connect to host", 502) : await post(url, requestHeaders, event.body);
    const duration = (performance.now() - start) / 1000;
    deliveries.push({ ...event, id: sender.nextId(), redelivery, deliveredAt, duration, requestHeaders, ...outcome });
  }
  function enqueue(event: Outgoing, redelivery = false): void {
    const { url } = webhooks;
    if (url !== null) tail = tail.then(() => deliver(event, url, redelivery));
  }

  const webhooks: Webhooks = {
    url: null,
    deliveries,
    get held() {
      return held;
    },
    send(event, guid = randomUUID()) {
      const outgoing = { ...event, guid };
      if (toForget > 0) toForget -= 1;
      else if (paused) held.push(outgoing);
      else enqueue(outgoing);
      return guid;
    },
    pause: () => {
      paused = true;
    },
    resume(order) {
      const released = inOrder(held, order);
      held = [];
      paused = false;
      for (const event of released) enqueue(event);
    },
    loseNext: (count = 1) => {
      toLose += count;
    },
    forgetNext: (count = 1) => {
      toForget += count;
    },
    redeliver: (guid) => enqueue(eventOf(deliveries, guid), true),
    duplicate: (guid) => enqueue(eventOf(deliveries, guid)),
    async settled() {
      for (let seen = null; seen !== tail;) {
        seen = tail;
        await seen;
      }
    },
  };
  return webhooks;
}
