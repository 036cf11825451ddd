import { request } from "node:http";
import { afterEach, expect, test } from "vitest";
import { createMetricsServer, type Web } from "../../../src/app/server.ts";

const TOKEN = "a token for the metrics";
const quiet = { info: () => {}, warn: () => {}, error: () => {} };

let server: Web | null = null;
afterEach(() => server?.close(100));

async function start(token?: string): Promise<number> {
  server = createMetricsServer({ text: async () => "figures 1\n", token }, quiet);
  return server.listen(0, "127.0.0.1");
}

/** Status and body; headers as they are sent, `host` included. */
async function ask(port: number, headers: Record<string, string> = {}): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  request({ port, host: "127.0.0.1", path: "/metrics", headers }, (answer) => {
    let body = "";
    answer.on("data", (chunk) => (body += String(chunk)));
    answer.on("end", () => resolve(`${answer.statusCode} ${answer.headers["content-type"]} ${body}`));
  })
    .on("error", reject)
    .end();
  return promise;
}

test("without a token this machine reads the page, in the format that Prometheus names", async () => {
  const port = await start();
  expect(await ask(port)).toBe("200 text/plain; version=0.0.4; charset=utf-8 figures 1\n");
  expect(await ask(port, { host: `localhost:${port}` })).toMatch(/^200/);
});

test.each([
  ["to another name", { host: "journeyman.example" }],
  ["to a name that only begins like this machine's", { host: "127.0.0.1.example" }],
  ["for another address", { "x-forwarded-for": "203.0.113.9" }],
  ["through a proxy", { via: "1.1 proxy" }],
  ["through a proxy that speaks the standard", { forwarded: "for=203.0.113.9" }],
])("without a token a request %s is refused, and told what to do", async (_, headers) => {
  const answer = await ask(await start(), headers);
  expect(answer).toMatch(/^403 .*METRICS_TOKEN/);
  expect(answer).not.toContain("figures");
});

test("with a token only who sends it reads the page, from wherever", async () => {
  const port = await start(TOKEN);
  for (const authorization of ["", "Bearer", `Bearer ${TOKEN} `.toUpperCase(), TOKEN, `Basic ${TOKEN}`])
    expect(await ask(port, { authorization })).toMatch(/^401/);
  expect(await ask(port)).toMatch(/^401/);
  const authorization = `Bearer ${TOKEN}`;
  expect(await ask(port, { authorization, "x-forwarded-for": "203.0.113.9", host: "x.example" })).toMatch(/^200/);
});

test("the server of a worker has no other page", async () => {
  const port = await start();
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${port}/metrics`, { method: "POST" })).status).toBe(404);
});
