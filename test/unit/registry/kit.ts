import { mkdtempSync } from "node:fs";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { ProxyOptions, RegistryProxy } from "../../../src/sandbox/registry-proxy.ts";
import { startRegistryProxy } from "../../../src/sandbox/registry-proxy.ts";

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export type Answer = (request: IncomingMessage, response: ServerResponse, base: string) => void;

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A registry on this host that answers as it is told and remembers what it was asked. */
export async function startRegistry(answer: Answer) {
  const seen: Seen[] = [];
  const server = createServer((incoming, response) => {
    seen.push({ method: incoming.method ?? "", url: incoming.url ?? "", headers: incoming.headers });
    answer(incoming, response, base);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const base = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  return { base, seen };
}

export async function start(base: string, more: Partial<ProxyOptions> = {}) {
  const socketPath = join(mkdtempSync(join(tmpdir(), "proxy-")), "s");
  const registries = { npm: base, pypi: base, pypiFiles: `${base}/files/`, privateHosts: ["127.0.0.1"] };
  const proxy: RegistryProxy = await startRegistryProxy({ socketPath, registries, ...more });
  closing.push(() => proxy.close());
  return { proxy, socketPath };
}

export function ask(
  socketPath: string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
) {
  return new Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>((resolve, reject) => {
    const { method = "GET", headers = {}, body } = options;
    const asking = request({ socketPath, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    asking.once("error", reject);
    asking.end(body);
  });
}

/** Words on the wire, as no client library would write them. */
export function say(socketPath: string, words: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = "";
    const socket = connect(socketPath, () => socket.write(words));
    socket.on("data", (chunk) => (heard += chunk.toString()));
    socket.on("error", () => {});
    socket.once("close", () => resolve(heard));
    socket.setTimeout(3000, () => socket.destroy());
  });
}

/** Answers anything with a word. */
export const echo: Answer = (_, response) => void response.end("bytes");
