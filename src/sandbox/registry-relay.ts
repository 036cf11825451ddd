import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { PassThrough, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { JourneymanError } from "../core/errors.ts";
import type { Dialer } from "./registry-dial.ts";
import { isRefusedAddress } from "./registry-dial.ts";
import { rewritePackument, rewriteSimple } from "./registry-rewrite.ts";
import type { Route, Upstream } from "./registry-routes.ts";
import { localAddress } from "./registry-routes.ts";

/** One request to a registry and its answer, after the request was found to be allowed. */
export interface Relay {
  readonly dialer: Dialer;
  readonly upstreams: readonly Upstream[];
  readonly localBase: string;
  /** Takes bytes off the allowance; false when it is used up. */
  readonly spend: (bytes: number) => boolean;
  readonly block: (status: number, code: string) => void;
  /** A registry's host answered, or did not: it cannot be reached, breaks off, or has trouble of its own. */
  readonly answered: (host: string, well: boolean) => void;
  readonly signal: AbortSignal;
}

type Forward = Extract<Route, { kind: "forward" }>;

const MAX_DOCUMENT = 128 * 1024 * 1024;
const REQUEST_HEADERS = [
  "accept",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "range",
  "user-agent",
];
const RESPONSE_HEADERS = [
  "content-type",
  "etag",
  "last-modified",
  "cache-control",
  "accept-ranges",
  "content-range",
  "vary",
  "date",
];

function pick(headers: IncomingMessage["headers"], names: readonly string[]): OutgoingHttpHeaders {
  return Object.fromEntries(names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));
}

/** Counts what the registry sends; ends the stream when the allowance is used up. */
const createMeter = (relay: Relay): Transform =>
  new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (relay.spend(chunk.byteLength)) done(null, chunk);
      else done(new JourneymanError("sandbox_limit", { limit: "download", value: "used up" }));
    },
  });

async function readDocument(answer: IncomingMessage, relay: Relay): Promise<string> {
  const unpack = answer.headers["content-encoding"] === "gzip" ? createGunzip() : new PassThrough();
  const chunks: Buffer[] = [];
  let size = 0;
  await pipeline(answer, createMeter(relay), unpack, async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) {
      size += chunk.byteLength;
      if (size > MAX_DOCUMENT) throw new JourneymanError("sandbox_limit", { limit: "document", value: MAX_DOCUMENT });
      chunks.push(chunk);
    }
  });
  return Buffer.concat(chunks).toString("utf8");
}

/** Lets a redirect through when it leads to a configured registry, under the proxy's own address. */
function redirect(answer: IncomingMessage, response: ServerResponse, context: { route: Forward; relay: Relay }): void {
  const { route, relay } = context;
  answer.resume();
  const target = URL.parse(answer.headers.location ?? "", route.url.href);
  const local = target === null ? null : localAddress(target, route.upstream.prefix, relay);
  if (local === null) return relay.block(502, "redirect");
  response.writeHead(answer.statusCode ?? 302, { location: local, "content-length": 0 }).end();
}

async function answerDocument(
  answer: IncomingMessage,
  response: ServerResponse,
  context: { route: Forward; relay: Relay },
) {
  const { route, relay } = context;
  const text = await readDocument(answer, relay);
  const { upstreams, localBase } = relay;
  const rewriting = { page: route.url, prefix: route.upstream.prefix, upstreams, localBase };
  const type = answer.headers["content-type"] ?? "";
  const rewritten =
    route.content === "packument" ? rewritePackument(text, rewriting) : rewriteSimple(text, type, rewriting);
  const body = Buffer.from(rewritten);
  response.writeHead(200, { ...pick(answer.headers, RESPONSE_HEADERS), "content-length": body.byteLength }).end(body);
}

async function answerFile(answer: IncomingMessage, response: ServerResponse, relay: Relay): Promise<void> {
  const headers = pick(answer.headers, [...RESPONSE_HEADERS, "content-length", "content-encoding"]);
  response.writeHead(answer.statusCode ?? 502, headers);
  await pipeline(answer, createMeter(relay), response);
}

async function forward(request: IncomingMessage, response: ServerResponse, context: { route: Forward; relay: Relay }) {
  const { route, relay } = context;
  const method = request.method ?? "GET";
  const isDocument = route.content !== "file" && method === "GET";
  const encoding = isDocument ? "gzip" : (request.headers["accept-encoding"] ?? "identity");
  const headers = { ...pick(request.headers, REQUEST_HEADERS), "accept-encoding": encoding };
  const answer = await relay.dialer.get(route.url, { method, headers, signal: relay.signal });
  const status = answer.statusCode ?? 502;
  if (status >= 300 && status < 400 && status !== 304) return redirect(answer, response, context);
  if (isDocument && status === 200) await answerDocument(answer, response, context);
  else await answerFile(answer, response, relay);
  relay.answered(route.url.host, status < 500);
}

/** Forwards an allowed request and answers it. Never rejects: trouble is an answer, or the end of the connection. */
export async function relayRequest(
  request: IncomingMessage,
  response: ServerResponse,
  context: { route: Forward; relay: Relay },
) {
  const { relay, route } = context;
  try {
    await forward(request, response, context);
  } catch (error) {
    // A client that goes away says nothing of the registry, and what is refused here does not either.
    const isOurs = error instanceof JourneymanError && error.details["reason"] !== "timeout";
    if (!isOurs && !relay.signal.aborted && !request.destroyed) relay.answered(route.url.host, false);
    if (response.headersSent) response.destroy();
    else if (isRefusedAddress(error)) context.relay.block(403, "address");
    else if (error instanceof JourneymanError && error.code === "sandbox_limit")
      context.relay.block(403, "limit_bytes");
    else if (context.relay.signal.aborted) context.relay.block(403, "limit_time");
    else response.writeHead(502, { "content-length": 0 }).end();
  }
}
