import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { JourneymanError } from "../../src/core/errors.ts";
import { commentDelivery } from "../support/deliveries.ts";
import { deliver, PATH, startWeb } from "../support/web-stage.ts";

const run = promisify(execFile);

describe("S24: bodies without bound", () => {
  const flood = async (url: string, ...args: readonly string[]) => {
    const { stdout } = await run(process.execPath, ["test/support/flood.ts", url + PATH, ...args]);
    const answers: readonly { status: number | string; ms: number }[] = JSON.parse(stdout);
    return answers;
  };
  const watched = async <T>(work: Promise<T>): Promise<{ result: T; growth: number }> => {
    const before = process.memoryUsage().rss;
    let peak = before;
    const look = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 10);
    const result = await work;
    clearInterval(look);
    return { result, growth: (peak - before) / 1024 / 1024 };
  };

  test("twenty bodies of 60 MB with their length are refused unread", async () => {
    const { url } = await startWeb();
    await flood(url, "2", "60");
    const { result, growth } = await watched(flood(url, "20", "60"));
    expect(result.map((answer) => answer.status)).toEqual(Array.from({ length: 20 }, () => 413));
    expect(Math.max(...result.map((answer) => answer.ms))).toBeLessThan(5000);
    expect(growth).toBeLessThan(40);
  });

  test("twenty bodies of 60 MB without a length are refused while they are counted", async () => {
    const { url } = await startWeb();
    await flood(url, "2", "60", "chunked");
    const { result, growth } = await watched(flood(url, "20", "60", "chunked"));
    expect(result.every((answer) => answer.status === 413 || answer.status === 503)).toBe(true);
    expect(growth).toBeLessThan(120);
  });

  test("the bound of memory is given back: a delivery is taken in after the flood", async () => {
    const { url } = await startWeb();
    await flood(url, "20", "30", "chunked");
    expect((await deliver(url, commentDelivery("/plan"))).status).toBe(202);
  });

  test("a body that does not arrive in time is refused, others meanwhile are not", async () => {
    const limits = { maxBytes: 25 << 20, maxTotalBytes: 32 << 20, deadlineMs: 300 };
    const { url } = await startWeb({ limits });
    const slow = flood(url, "3", "1", "slow");
    expect((await deliver(url, commentDelivery("/plan"))).status).toBe(202);
    expect((await slow).map((answer) => answer.status)).toEqual([408, 408, 408]);
  });
});

describe("what the outside sees", () => {
  test("S46: a journal that fails is a 503 to try again, without a word of the failure", async () => {
    let broken: unknown = null;
    const { url, asked, wakes } = await startWeb({ journal: { receive: () => Promise.reject(broken) } });
    for (const thrown of [
      new TypeError("canary at /srv/db"),
      new JourneymanError("storage_unavailable"),
      "canary",
      null,
    ]) {
      broken = thrown;
      const answer = await deliver(url, commentDelivery("/plan"));
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await answer.text()).not.toMatch(/canary|Error|\bat\b|journal_/);
    }
    expect([asked(), wakes]).toEqual([0, []]);
  });

  test("S46: a page that fails is a 500 without a word of the failure", async () => {
    const broken = () => Promise.reject(new TypeError("canary at file.ts:1"));
    const { url } = await startWeb({ ready: broken, metrics: broken });
    for (const path of ["/readyz", "/metrics"]) {
      const answer = await fetch(url + path);
      expect([answer.status, await answer.text()]).toEqual([500, '{"error":"internal"}\n']);
    }
  });

  test("S87: there is no set-up page, and no page that was not made", async () => {
    const { url } = await startWeb();
    for (const path of ["/", "/probot", "/probot/setup?code=x", "/probot/import", "/metrics", "/healthz/x", PATH]) {
      expect((await fetch(url + path)).status).toBe(404);
    }
    for (const method of ["POST", "PUT", "DELETE"]) {
      expect((await fetch(`${url}/probot/import`, { method, body: "{}" })).status).toBe(404);
    }
  });

  test("it says that it lives, whether it is ready, and its figures", async () => {
    let ready = false;
    const { url } = await startWeb({ ready: async () => ready, metrics: async () => "runs 1\n" });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    ready = true;
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toBe("runs 1\n");
    expect((await fetch(`${url}/healthz`, { method: "HEAD" })).status).toBe(200);
  });
});
