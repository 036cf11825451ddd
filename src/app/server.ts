import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { asJourneymanError } from "../core/errors.ts";
import { makeSignatureCheck } from "../github/webhook.ts";
import { send } from "./http-answer.ts";
import type { Answer } from "./http-answer.ts";
import { makeBodyReader, WEBHOOK_LIMITS } from "./http-body.ts";
import type { BodyLimits } from "./http-body.ts";
import { receiveDelivery } from "./http-webhook.ts";
import type { WebhookParts } from "./http-webhook.ts";
import { answerMetrics, type MetricsPage } from "./metrics-page.ts";

export interface WebParts extends Omit<WebhookParts, "readBody" | "checkSignature"> {
  /** Webhook secrets that are accepted now; more than one while a secret is being replaced. */
  readonly secrets: readonly string[];
  /** Whether this process can do its work. */
  readonly ready: () => Promise<boolean>;
  /** The text of `GET /metrics`; without it there is no such page. */
  readonly metrics?: () => Promise<string>;
  /** Who knows it may read the metrics from anywhere; without it only this machine may. */
  readonly metricsToken?: string | undefined;
  readonly limits?: BodyLimits;
}

export interface Web {
  /** Gives the port, which is the one asked for unless that was 0. */
  listen(port: number, hostname: string): Promise<number>;
  /** Stops listening and lets requests under way finish for at most `graceMs`. */
  close(graceMs: number): Promise<void>;
}

type Route = (request: IncomingMessage) => Promise<Answer>;

const NOT_FOUND: Answer = { status: 404, body: { error: "not found" } };
const INTERNAL: Answer = { status: 500, body: { error: "internal" } };

/** The web side: takes deliveries in, says how it is, and knows no other page. */
export const createWeb = (parts: WebParts): Web => createPages(routesOf(parts), parts.log);

/** The one page of a process without a web side. */
export const createMetricsServer = (page: MetricsPage, log: WebParts["log"]): Web =>
  createPages(new Map([["GET /metrics", (request) => answerMetrics(page, request)]]), log);

function createPages(routes: ReadonlyMap<string, Route>, log: WebParts["log"]): Web {
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000 }, (request, response) => {
    const method = request.method === "HEAD" ? "GET" : request.method;
    const path = (request.url ?? "/").split("?", 1)[0];
    const route = routes.get(`${method} ${path}`);
    const answering = route === undefined ? Promise.resolve(NOT_FOUND) : route(request);
    answering
      .catch((thrown: unknown) => {
        log.error({ path, code: asJourneymanError(thrown).code, err: thrown }, "request failed");
        return INTERNAL;
      })
      .then((answer) => send(request, response, answer))
      .catch((thrown: unknown) => log.error({ path, err: thrown }, "answer failed"));
  });
  return { listen: (port, hostname) => listen(server, port, hostname), close: (graceMs) => close(server, graceMs) };
}

function routesOf(parts: WebParts): ReadonlyMap<string, Route> {
  const webhook: WebhookParts = {
    ...parts,
    readBody: makeBodyReader(parts.limits ?? WEBHOOK_LIMITS),
    checkSignature: makeSignatureCheck(parts.secrets),
  };
  const routes = new Map<string, Route>([
    ["POST /api/github/webhooks", (request) => receiveDelivery(webhook, request)],
    ["GET /healthz", async () => ({ status: 200, body: "ok\n" })],
    [
      "GET /readyz",
      async () => ((await parts.ready()) ? { status: 200, body: "ready\n" } : { status: 503, body: "not ready\n" }),
    ],
  ]);
  const { metrics: figures, metricsToken: token } = parts;
  if (figures !== undefined) routes.set("GET /metrics", (request) => answerMetrics({ text: figures, token }, request));
  return routes;
}

function listen(server: Server, port: number, hostname: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once("error", reject);
  server.listen(port, hostname, () => {
    server.off("error", reject);
    // oxlint-disable-next-line typescript/consistent-type-assertions -- a TCP server's address is never text
    resolve((server.address() as AddressInfo).port);
  });
  return promise;
}

function close(server: Server, graceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  server.close(() => {
    clearTimeout(cut);
    resolve();
  });
  server.closeIdleConnections();
  return promise;
}
