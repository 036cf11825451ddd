import { once } from "node:events";
import { chmod, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { createDialer } from "./registry-dial.ts";
import { relayRequest } from "./registry-relay.ts";
import type { Registries } from "./registry-routes.ts";
import { routeOf, upstreamsOf } from "./registry-routes.ts";

/*
 * The one way out of a sandbox, and only while dependencies are installed: a reverse proxy on a unix socket.
 * 1. The client names a package, never a host. Hosts are the operator's.
 * 2. GET and HEAD, no body; of the client's headers only harmless ones go on, so no credential of anybody does.
 * 3. The proxy follows no redirect, and dials no address that is not public unless the operator named the host.
 * 4. Connections, bytes and time are bounded; everything refused is remembered.
 */

export interface ProxyLimits {
  readonly connections: number;
  readonly bytes: number;
  readonly ms: number;
}

export interface ProxyOptions {
  /** At most 107 bytes, as the system has it. */
  readonly socketPath: string;
  readonly registries: Registries;
  readonly limits?: Partial<ProxyLimits>;
  /** Where the client thinks the proxy is, without a slash at the end. */
  readonly localBase?: string;
}

export interface RegistryProxy {
  /** What was refused, as `METHOD path`, each once, oldest first. */
  blocked(): string[];
  /** Hosts of registries whose last answer did not come, broke off, or was trouble of their own (5xx). */
  unreachable(): string[];
  close(): Promise<void>;
}

export const PROXY_LIMITS: ProxyLimits = { connections: 16, bytes: 1024 ** 3, ms: 10 * 60_000 };
const MAX_BLOCKED = 100;
const HEADER_BYTES = 8 * 1024;

/** A client's words, fit to be shown. */
const shown = (text: string): string => text.replaceAll(/[^\x21-\x7E]/g, "?").slice(0, 200);

function createBlockedList() {
  const lines = new Set<string>();
  return {
    lines,
    add(method: string, path: string): void {
      if (lines.size < MAX_BLOCKED) lines.add(`${shown(method)} ${shown(path)}`);
    },
  };
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";

function createTcpServer(handle: (request: IncomingMessage, response: ServerResponse) => void, limits: ProxyLimits) {
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      connectionsCheckingInterval: 5000,
      keepAliveTimeout: 30_000,
      insecureHTTPParser: false,
    },
    handle,
  );
  server.maxConnections = limits.connections;
  server.maxRequestsPerSocket = 10_000;
  return server;
}

/** Starts a proxy for one installation. Rejects when the socket cannot be made. */
export async function startRegistryProxy(options: ProxyOptions): Promise<RegistryProxy> {
  const limits = { ...PROXY_LIMITS, ...options.limits };
  const upstreams = upstreamsOf(options.registries);
  const dialer = createDialer(options.registries.privateHosts ?? [], limits.connections);
  const list = createBlockedList();
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), limits.ms);
  timer.unref();
  const unreachable = new Set<string>();
  const answered = (host: string, well: boolean): void =>
    void (well ? unreachable.delete(host) : unreachable.add(host));
  let left = limits.bytes;

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = "", url = "" } = request;
    const block = (status: number, code: string): void => {
      list.add(method, url.split("?", 1)[0] ?? "");
      response.writeHead(status, { "x-blocked": code, "content-length": 0, connection: "close" }).end();
    };
    if (request.httpVersionMajor !== 1) return block(400, "version");
    if (over.signal.aborted) return block(403, "limit_time");
    if (left <= 0) return block(403, "limit_bytes");
    const route = hasBody(request) ? ({ kind: "blocked", code: "body" } as const) : routeOf(method, url, upstreams);
    if (route.kind === "blocked") return block(403, route.code);
    const spend = (bytes: number): boolean => (left -= bytes) >= 0;
    const localBase = options.localBase ?? "http://127.0.0.1:3128";
    void relayRequest(request, response, {
      route,
      relay: { dialer, upstreams, localBase, spend, block, answered, signal: over.signal },
    });
  };

  const server = createTcpServer(handle, limits);
  server.on("connect", (request: IncomingMessage, socket: Duplex) => {
    list.add("CONNECT", request.url ?? "");
    socket.on("error", () => {}).end("HTTP/1.1 403 Forbidden\r\nx-blocked: method\r\ncontent-length: 0\r\n\r\n");
  });
  server.on("drop", () => list.add("LIMIT", `${limits.connections}-connections`));
  await rm(options.socketPath, { force: true });
  server.listen(options.socketPath);
  await once(server, "listening");
  await chmod(options.socketPath, 0o600);
  return {
    blocked: () => [...list.lines],
    unreachable: () => [...unreachable],
    async close() {
      clearTimeout(timer);
      over.abort();
      server.close();
      server.closeAllConnections();
      dialer.close();
      await rm(options.socketPath, { force: true });
    },
  };
}
