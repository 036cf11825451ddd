import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createHttpsWeb } from "../../../src/web/web.ts";
import { openHttpsSite, type HttpsSite } from "../../support/https-site.ts";

const seen: { method: string; url: string; headers: IncomingHttpHeaders }[] = [];
const chunk = "x".repeat(65_536);

const PAGES: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "/plain": (response) => response.setHeader("content-type", "text/plain").end("hello"),
  "/latin": (response) =>
    response.setHeader("content-type", "text/html; charset=iso-8859-1").end(Buffer.from([0x3c, 0x70, 0x3e, 0xe9])),
  "/image": (response) => response.setHeader("content-type", "image/png").end("x"),
  "/packed": (response) =>
    response.setHeader("content-type", "text/plain").setHeader("content-encoding", "gzip").end("x"),
  "/circle": (response) => response.writeHead(301, { location: "/circle" }).end(),
  "/silent": () => {},
  "/endless": (response) => {
    response.setHeader("content-type", "text/plain");
    const write = (): void => void (response.destroyed || response.write(chunk, () => setImmediate(write)));
    write();
  },
  "/drip": (response) => {
    response.setHeader("content-type", "text/plain").write("a");
  },
};

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = request.url ?? "";
  seen.push({ method: request.method ?? "", url, headers: request.headers });
  const target = /^\/to\?(.*)$/.exec(url)?.[1];
  const page = PAGES[url.split("?")[0] ?? ""];
  if (target !== undefined) response.writeHead(302, { location: decodeURIComponent(target) }).end();
  else if (page === undefined) response.writeHead(404).end();
  else page(response);
}

let site: HttpsSite;
beforeAll(async () => {
  site = await openHttpsSite(answer);
});
afterAll(() => site.close());
beforeEach(() => void seen.splice(0));

const signal = new AbortController().signal;
const web = () => createHttpsWeb({ hosts: [site.host], privateHosts: [site.host], ca: site.ca, timeoutMs: 1_500 });
const page = (path: string) => web().page(`https://${site.host}${path}`, signal);
const to = (url: string) => page(`/to?${encodeURIComponent(url)}`);

describe("a page of an allowed host", () => {
  test("is had by GET, with nothing of ours sent", async () => {
    expect(await page("/plain#part")).toMatchObject({ kind: "page", text: "hello", cut: false });
    expect(seen.map(({ method, url }) => [method, url])).toEqual([["GET", "/plain"]]);
    expect(Object.keys(seen[0]?.headers ?? {}).toSorted()).toEqual([
      "accept",
      "accept-encoding",
      "connection",
      "host",
      "user-agent",
    ]);
  });

  test("is decoded by its charset", async () => {
    expect(await page("/latin")).toMatchObject({ text: "<p>é" });
  });

  test("is followed through redirects on the same host", async () => {
    expect(await to("/plain")).toMatchObject({ kind: "page", url: `https://${site.host}/plain`, text: "hello" });
  });

  test("without an end is cut", async () => {
    const found = await page("/endless");
    expect(found).toMatchObject({ kind: "page", cut: true });
    expect(found.kind === "page" ? found.text.length : 0).toBe(2_097_152);
  });

  test.each([
    ["/image", "is not text"],
    ["/nowhere", "was answered with status 404"],
    ["/packed", "was sent packed"],
    ["/silent", "took too long"],
    ["/drip", "took too long"],
    ["/to?%2Fto%3F%252Fplain", null],
  ])("%s", async (path, reason) => {
    const found = await page(path);
    if (reason === null) expect(found.kind).toBe("page");
    else expect(found).toMatchObject({ kind: "failed", reason: expect.stringContaining(reason) as string });
  });

  test("that leads to itself for ever is given up", async () => {
    expect(await page("/circle")).toEqual({ kind: "failed", reason: "was redirected more than 5 times" });
    expect(seen).toHaveLength(6);
  });

  test("is given up when the run is stopped", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const found = await web().page(`https://${site.host}/silent`, controller.signal);
    expect(found).toEqual({ kind: "failed", reason: "was given up" });
  });
});

describe("nothing is sent", () => {
  test.each([
    ["another host", "https://evil.test/plain", "not an allowed host"],
    ["the same name at another port", "https://localhost/plain", "not an allowed host"],
    ["a name that only begins like it", "https://localhost.evil.test/", "not an allowed host"],
    ["plain http", "http://localhost/plain", "not at an https address"],
    ["a file", "file:///etc/passwd", "not at an https address"],
    ["no address", "docs", "no address"],
    ["a long address", `https://localhost/${"x".repeat(3_000)}`, "no address"],
  ])("to %s", async (_, url, reason) => {
    expect(await web().page(url, signal)).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining(reason) as string,
    });
    expect(seen).toEqual([]);
  });

  test("with a name and a password in the address", async () => {
    expect(await web().page(`https://a:b@${site.host}/plain`, signal)).toMatchObject({ kind: "refused" });
    expect(seen).toEqual([]);
  });

  test("S80 to a private address, under a name or in numbers, unless the operator named the host as private", async () => {
    const port = site.host.split(":")[1] ?? "";
    const hosts = [site.host, `127.0.0.1:${port}`, `[::1]:${port}`, "169.254.169.254"];
    const open = createHttpsWeb({ hosts, ca: site.ca, timeoutMs: 1_500 });
    for (const host of hosts) {
      expect(await open.page(`https://${host}/plain`, signal)).toEqual({
        kind: "refused",
        reason: "is at a private address",
      });
    }
    expect(seen).toEqual([]);
  });

  test("to a host whose certificate nobody vouches for", async () => {
    const open = createHttpsWeb({ hosts: [site.host], privateHosts: [site.host], timeoutMs: 1_500 });
    expect(await open.page(`https://${site.host}/plain`, signal)).toMatchObject({ kind: "failed" });
    expect(seen).toEqual([]);
  });
});

describe("a redirect leads to no other host", () => {
  test.each(["https://evil.test/", "http://localhost/plain", "//evil.test/x", "https://localhost:1/plain"])(
    "%s",
    async (url) => {
      const found = await to(url);
      expect(found).toMatchObject({ kind: "refused", reason: expect.stringContaining("leads elsewhere") as string });
      expect(seen).toHaveLength(1);
    },
  );
});

test("a repository opens only hosts that the operator opened", () => {
  const operator = createHttpsWeb({ hosts: ["Docs.Example.org", "api.example.org:8443"] });
  expect(operator.within(["docs.example.org", "evil.test"]).hosts).toEqual(["docs.example.org"]);
  expect(operator.within(["api.example.org"]).hosts).toEqual(["api.example.org:8443"]);
  expect(operator.within([]).hosts).toEqual([]);
});
