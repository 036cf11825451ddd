import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { ask, echo, say, start, startRegistry } from "./kit.ts";

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
