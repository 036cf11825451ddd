import { mkdtempSync, statSync } from "node:fs";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import type { ProxyOptions, RegistryProxy } from "../../../src/sandbox/registry-proxy.ts";
import { startRegistryProxy } from "../../../src/sandbox/registry-proxy.ts";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

type Answer = (request: IncomingMessage, response: ServerResponse, base: string) => void;

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A registry on this host that answers as it is told and remembers what it was asked. */
async function startRegistry(answer: Answer) {
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

async function start(base: string, more: Partial<ProxyOptions> = {}) {
  const socketPath = join(mkdtempSync(join(tmpdir(), "proxy-")), "s");
  const registries = { npm: base, pypi: base, pypiFiles: `${base}/files/`, privateHosts: ["127.0.0.1"] };
  const proxy: RegistryProxy = await startRegistryProxy({ socketPath, registries, ...more });
  closing.push(() => proxy.close());
  return { proxy, socketPath };
}

function ask(
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
function say(socketPath: string, words: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = "";
    const socket = connect(socketPath, () => socket.write(words));
    socket.on("data", (chunk) => (heard += chunk.toString()));
    socket.on("error", () => {});
    socket.once("close", () => resolve(heard));
    socket.setTimeout(3000, () => socket.destroy());
  });
}

const echo: Answer = (_, response) => void response.end("bytes");

test("an npm document names its files at the proxy, a foreign address stays as it is", async () => {
  const { base } = await startRegistry((_, response, here) => {
    const versions = {
      "1.0.0": { name: "x", dist: { tarball: `${here}/x/-/x-1.0.0.tgz`, integrity: "sha512-a" } },
      "2.0.0": { dist: { tarball: "https://evil.test/x.tgz" } },
    };
    const body = gzipSync(JSON.stringify({ name: "x", versions, readme: "é" }));
    response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip", etag: '"1"' }).end(body);
  });
  const { socketPath } = await start(base);
  const answer = await ask(socketPath, "/npm/x");
  const document: unknown = JSON.parse(answer.body);
  expect(document).toMatchObject({
    readme: "é",
    versions: {
      "1.0.0": { name: "x", dist: { tarball: "http://127.0.0.1:3128/npm/x/-/x-1.0.0.tgz", integrity: "sha512-a" } },
      "2.0.0": { dist: { tarball: "https://evil.test/x.tgz" } },
    },
  });
  expect(answer.headers).toMatchObject({ etag: '"1"', "content-type": "application/json" });
  expect(answer.headers["content-encoding"]).toBeUndefined();
});

test("a simple index names its files at the proxy, in both of its forms", async () => {
  const { base } = await startRegistry((incoming, response, here) => {
    if (incoming.headers.accept?.includes("json") === true) {
      response.setHeader("content-type", "application/vnd.pypi.simple.v1+json");
      response.end(JSON.stringify({ files: [{ url: `${here}/files/packages/a.whl`, hashes: {} }] }));
    } else {
      response.setHeader("content-type", "text/html");
      response.end(
        `<a href="${here}/files/packages/a.whl#sha256=1" data-x="&lt;">a</a><a href="../../packages/b.whl">b</a>`,
      );
    }
  });
  const { socketPath } = await start(base);
  expect((await ask(socketPath, "/pypi/simple/six/", { headers: { accept: "application/json" } })).body).toBe(
    '{"files":[{"url":"http://127.0.0.1:3128/pypi-files/packages/a.whl","hashes":{}}]}',
  );
  expect((await ask(socketPath, "/pypi/simple/six/")).body).toBe(
    '<a href="http://127.0.0.1:3128/pypi-files/packages/a.whl#sha256=1" data-x="&lt;">a</a><a href="http://127.0.0.1:3128/pypi/packages/b.whl">b</a>',
  );
});

test("a file comes through byte for byte, in part when asked", async () => {
  const { base, seen } = await startRegistry((incoming, response) => {
    if (incoming.headers.range === "bytes=0-1") response.writeHead(206, { "content-range": "bytes 0-1/5" }).end("by");
    else response.end("bytes");
  });
  const { socketPath } = await start(base);
  expect((await ask(socketPath, "/npm/x/-/x-1.tgz")).body).toBe("bytes");
  expect(await ask(socketPath, "/npm/x/-/x-1.tgz", { headers: { range: "bytes=0-1" } })).toMatchObject({
    status: 206,
    body: "by",
  });
  expect((await ask(socketPath, "/npm/x/-/x-1.tgz", { method: "HEAD" })).status).toBe(200);
  expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "GET /x/-/x-1.tgz",
    "GET /x/-/x-1.tgz",
    "HEAD /x/-/x-1.tgz",
  ]);
});

test("S78: of the client's headers only harmless ones go on", async () => {
  const { base, seen } = await startRegistry(echo);
  const { socketPath } = await start(base);
  const headers = {
    authorization: "Bearer attacker",
    cookie: "a=b",
    "npm-session": "secret",
    "x-data": "secret",
    referer: "secret",
    host: "evil.test",
    accept: "application/json",
    "user-agent": "npm/11",
    "if-none-match": '"1"',
  };
  await ask(socketPath, "/npm/x/-/x-1.tgz", { headers });
  expect(seen[0]?.headers).toMatchObject({
    accept: "application/json",
    "user-agent": "npm/11",
    "if-none-match": '"1"',
  });
  expect(JSON.stringify(seen[0]?.headers)).not.toMatch(/attacker|a=b|secret|evil/);
});

test("S78: what is not allowed is answered 403 with its code, remembered and not sent on", async () => {
  const { base, seen } = await startRegistry(echo);
  const { proxy, socketPath } = await start(base);
  const codes = [
    await ask(socketPath, "/npm/x", { method: "PUT", body: "{}" }),
    await ask(socketPath, "/npm/-/npm/v1/security/advisories/bulk", { method: "POST", body: "{}" }),
    await ask(socketPath, "/npm/x", { method: "GET", headers: { "content-length": "2" }, body: "{}" }),
    await ask(socketPath, `/npm/${"a".repeat(3000)}`),
    await ask(socketPath, "/npm/x?secret=a/b"),
    await ask(socketPath, "/else"),
  ];
  expect(codes.map(({ status, headers }) => [status, headers["x-blocked"]])).toEqual([
    [403, "body"],
    [403, "body"],
    [403, "body"],
    [403, "url_too_long"],
    [403, "query"],
    [403, "prefix"],
  ]);
  expect((await ask(socketPath, "/npm/x", { method: "DELETE" })).headers["x-blocked"]).toBe("method");
  expect(proxy.blocked()).toEqual([
    "PUT /npm/x",
    "POST /npm/-/npm/v1/security/advisories/bulk",
    "GET /npm/x",
    `GET /npm/${"a".repeat(195)}`,
    "GET /else",
    "DELETE /npm/x",
  ]);
  expect(seen).toEqual([]);
});

test.each([
  ["CONNECT", "CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test\r\n\r\n", "403"],
  [
    "another host in the request line",
    "GET http://evil.test/npm/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "403",
  ],
  ["two lengths", "GET /npm/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400"],
  [
    "length and chunks",
    "GET /npm/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "400",
  ],
  [
    "chunks",
    "GET /npm/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
    "403",
  ],
  ["HTTP/0.9", "GET /npm/x\r\n\r\n", "400"],
  ["a header of 64 KiB", `GET /npm/x HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(65_536)}\r\n\r\n`, "431"],
  ["no host", "GET /npm/x HTTP/1.1\r\n\r\n", "400"],
])("S82: %s is refused and nothing is dialled", async (_, words, status) => {
  const { base, seen } = await startRegistry(echo);
  const { socketPath } = await start(base);
  expect(await say(socketPath, words)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(seen).toEqual([]);
});

test("S81: a redirect to a configured registry becomes the proxy's address, any other is a 502", async () => {
  const { base, seen } = await startRegistry((incoming, response, here) => {
    const to = incoming.url === "/good/-/g-1.tgz" ? `${here}/files/packages/g.whl` : "http://169.254.169.254/latest/";
    response.writeHead(302, { location: to }).end("body");
  });
  const { proxy, socketPath } = await start(base);
  expect((await ask(socketPath, "/npm/good/-/g-1.tgz")).headers.location).toBe(
    "http://127.0.0.1:3128/pypi-files/packages/g.whl",
  );
  expect(await ask(socketPath, "/npm/bad/-/b-1.tgz")).toMatchObject({
    status: 502,
    headers: { "x-blocked": "redirect" },
  });
  expect(proxy.blocked()).toEqual(["GET /npm/bad/-/b-1.tgz"]);
  expect(seen).toHaveLength(2);
});

test("S80: a host that is not named as private is not dialled at a private address", async () => {
  const { base, seen } = await startRegistry(echo);
  for (const npm of [base, base.replace("127.0.0.1", "localhost"), base.replace("127.0.0.1", "2130706433")]) {
    const { proxy, socketPath } = await start(base, { registries: { npm, pypi: npm } });
    expect(await ask(socketPath, "/npm/x/-/x-1.tgz")).toMatchObject({
      status: 403,
      headers: { "x-blocked": "address" },
    });
    expect(proxy.blocked()).toEqual(["GET /npm/x/-/x-1.tgz"]);
  }
  expect(seen).toEqual([]);
});

test("S84: after the bytes are used up everything is refused", async () => {
  const { base } = await startRegistry((_, response) => void response.end("x".repeat(600)));
  const { socketPath } = await start(base, { limits: { bytes: 1000 } });
  expect((await ask(socketPath, "/npm/x/-/x-1.tgz")).body).toHaveLength(600);
  await expect(ask(socketPath, "/npm/x/-/x-2.tgz")).rejects.toThrow();
  expect((await ask(socketPath, "/npm/x/-/x-3.tgz")).headers["x-blocked"]).toBe("limit_bytes");
});

test("S84: after the time is up everything is refused, a request in flight too", async () => {
  const { base } = await startRegistry(() => {});
  const { socketPath } = await start(base, { limits: { ms: 200 } });
  expect((await ask(socketPath, "/npm/x/-/x-1.tgz")).headers["x-blocked"]).toBe("limit_time");
  expect((await ask(socketPath, "/npm/x/-/x-2.tgz")).headers["x-blocked"]).toBe("limit_time");
});

test("S84: no more connections than the limit are held", async () => {
  const { base } = await startRegistry(echo);
  const { proxy, socketPath } = await start(base, { limits: { connections: 2 } });
  const held = [connect(socketPath), connect(socketPath)];
  await Promise.all(held.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
  await expect(ask(socketPath, "/npm/x/-/x-1.tgz")).rejects.toThrow();
  for (const socket of held) socket.destroy();
  await expect.poll(() => ask(socketPath, "/npm/x/-/x-1.tgz").catch(() => null)).toMatchObject({ status: 200 });
  expect(proxy.blocked()).toContain("LIMIT 2-connections");
});

test("a registry that is down is a 502, not a block, and what it says of errors comes through", async () => {
  const { base } = await startRegistry((_, response) => void response.writeHead(404).end("{}"));
  const { socketPath } = await start(base);
  expect(await ask(socketPath, "/npm/nothing")).toMatchObject({ status: 404, body: "{}" });
  const dead = await start("http://127.0.0.1:9");
  expect((await ask(dead.socketPath, "/npm/x")).status).toBe(502);
  expect(dead.proxy.blocked()).toEqual([]);
});

test("any user may connect to the socket, and closing takes it away", async () => {
  const { base } = await startRegistry(echo);
  const { proxy, socketPath } = await start(base);
  expect(statSync(socketPath).mode & 0o777).toBe(0o666);
  await proxy.close();
  await expect(ask(socketPath, "/npm/x")).rejects.toThrow();
  expect(() => statSync(socketPath)).toThrow();
});
