import { execFile } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { createWeb } from "../../src/app/server.ts";
import type { Web, WebParts } from "../../src/app/server.ts";
import { JourneymanError } from "../../src/core/errors.ts";
import { makeRunId } from "../../src/core/ids.ts";
import { commentDelivery, commentOf, labelDelivery } from "../support/deliveries.ts";
import { memoryJournal } from "../support/memory-journal.ts";

const SECRET = "a webhook secret";
const PATH = "/api/github/webhooks";
const run = promisify(execFile);
const webs: Web[] = [];

afterEach(async () => {
  await Promise.all(webs.splice(0).map((web) => web.close(1000)));
});

/** A running web side over a journal in memory, with everything it logged and woke. */
async function start(over: Partial<WebParts> = {}) {
  const journal = memoryJournal();
  const wakes: string[] = [];
  const logged: string[] = [];
  const note = (fields: object, message: string) => void logged.push(`${JSON.stringify(fields)} ${message}`);
  let runs = 0;
  const web = createWeb({
    journal,
    queue: { wake: async (id, index) => void wakes.push(`${id}@${index}`) },
    clock: { now: () => Date.parse("2026-11-20T10:05:01Z"), newRunId: () => makeRunId(++runs, new Uint8Array(10)) },
    secrets: [SECRET],
    host: "github.com",
    labels: ["journeyman"],
    log: { info: note, warn: note, error: note },
    ready: async () => true,
    ...over,
  });
  webs.push(web);
  const url = `http://127.0.0.1:${await web.listen(0, "127.0.0.1")}`;
  return { url, journal, wakes, logged };
}

const sign = (body: string, secret = SECRET) => `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;

function deliver(url: string, payload: unknown, headers: Record<string, string | undefined> = {}): Promise<Response> {
  const body = typeof payload === "string" ? payload : JSON.stringify(payload);
  const all: Record<string, string | undefined> = {
    "content-type": "application/json",
    "x-github-event": "issue_comment",
    "x-github-delivery": randomUUID(),
    "x-hub-signature-256": sign(body),
    ...headers,
  };
  const given = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return fetch(url + PATH, { method: "POST", body, headers: Object.fromEntries(given) });
}

describe("taking a delivery in", () => {
  test("a command becomes facts and a wake, and the answer names the run", async () => {
    const { url, journal, wakes } = await start();
    const answer = await deliver(url, commentDelivery("/plan"));
    expect(answer.status).toBe(202);
    const [id] = journal.runs.keys();
    expect(await answer.json()).toEqual({ run: id });
    expect(journal.runs.get(id!)?.map((event) => event.type)).toEqual(["run.requested", "command.received"]);
    expect(wakes).toEqual([`${id}@0`]);
  });

  test("a second command during a run joins that run", async () => {
    const { url, journal, wakes } = await start();
    await deliver(url, labelDelivery("journeyman"), { "x-github-event": "issues" });
    await deliver(url, commentDelivery("/stop"));
    const [id] = journal.runs.keys();
    expect(journal.runs.size).toBe(1);
    expect(wakes).toEqual([`${id}@0`, `${id}@2`]);
  });

  test("what is no command is acknowledged and not stored", async () => {
    const { url, journal } = await start();
    const bodies: readonly (readonly [string, unknown])[] = [
      ["issue_comment", commentDelivery("thanks")],
      ["issue_comment", commentDelivery("/approve", { action: "edited" })],
      ["issues", labelDelivery("bug")],
      ["ping", { zen: "Keep it logically awesome." }],
      ["installation", { action: "created", installation: { id: 1 } }],
    ];
    for (const [event, payload] of bodies) {
      const answer = await deliver(url, payload, { "x-github-event": event });
      expect([answer.status, await answer.json()]).toEqual([202, { ignored: true }]);
    }
    expect(journal.received()).toBe(0);
  });

  test("a wake that fails is logged and changes nothing", async () => {
    const { url, journal, logged } = await start({
      queue: { wake: () => Promise.reject(new JourneymanError("redis_unreachable", { address: "redis:6379" })) },
    });
    expect((await deliver(url, commentDelivery("/plan"))).status).toBe(202);
    expect(journal.runs.size).toBe(1);
    await expect.poll(() => logged.some((line) => line.includes("redis_unreachable"))).toBe(true);
  });

  test("a wake that hangs does not hold the answer back", async () => {
    const { url } = await start({ queue: { wake: () => new Promise(() => {}) } });
    expect((await deliver(url, commentDelivery("/plan"))).status).toBe(202);
  });
});

describe("who may speak", () => {
  const body = JSON.stringify(commentDelivery("/approve"));
  const sha1 = `sha1=${createHmac("sha1", SECRET).update(body).digest("hex")}`;
  test.each<readonly [string, Record<string, string | undefined>]>([
    ["none", { "x-hub-signature-256": undefined }],
    ["of another secret", { "x-hub-signature-256": sign(body, "another") }],
    ["sha1 alone", { "x-hub-signature-256": undefined, "x-hub-signature": sha1 }],
    ["sha1 in its place", { "x-hub-signature-256": sha1 }],
    ["cut short", { "x-hub-signature-256": sign(body).slice(0, -1) }],
    ["of an empty secret", { "x-hub-signature-256": sign(body, "") }],
  ])("S19: a signature that is %s is refused before anything is parsed or stored", async (_kind, headers) => {
    const { url, journal } = await start({ secrets: [SECRET, ""] });
    expect((await deliver(url, body, headers)).status).toBe(401);
    // What is not even JSON gets the same answer: nothing was parsed.
    expect((await deliver(url, "{ not json", headers)).status).toBe(401);
    expect(journal.received()).toBe(0);
  });

  test("S19: one changed byte spoils the signature", async () => {
    const { url, journal } = await start();
    const changed = body.replace("/approve", "/approvf");
    expect((await deliver(url, changed, { "x-hub-signature-256": sign(body) })).status).toBe(401);
    expect(journal.received()).toBe(0);
  });

  test("S20: two secrets are accepted at once, and the old one no longer when it is gone", async () => {
    const both = await start({ secrets: ["new", "old"] });
    for (const [at, secret] of ["new", "old"].entries()) {
      const text = JSON.stringify(commentDelivery("/plan", { comment: commentOf("/plan", { id: at }) }));
      expect((await deliver(both.url, text, { "x-hub-signature-256": sign(text, secret) })).status).toBe(202);
    }
    expect(both.journal.received()).toBe(2);
    const after = await start({ secrets: ["new"] });
    expect((await deliver(after.url, body, { "x-hub-signature-256": sign(body, "old") })).status).toBe(401);
    expect((await deliver(after.url, body, { "x-hub-signature-256": sign(body, "new") })).status).toBe(202);
  });

  test("a signed body that is not JSON, or not UTF-8, is refused", async () => {
    const { url } = await start();
    expect((await deliver(url, "{ not json")).status).toBe(400);
    const bytes = Buffer.from([0x22, 0xff, 0x22]);
    const signature = `sha256=${createHmac("sha256", SECRET).update(bytes).digest("hex")}`;
    const headers = { "x-hub-signature-256": signature, "x-github-event": "ping", "x-github-delivery": "one" };
    expect((await fetch(url + PATH, { method: "POST", body: bytes, headers })).status).toBe(401);
  });

  test.each<readonly [string, Record<string, string | undefined>]>([
    ["sent as issues", { "x-github-event": "issues" }],
    ["sent as installation", { "x-github-event": "installation" }],
    ["sent as push", { "x-github-event": "push" }],
    ["sent without an event", { "x-github-event": undefined }],
    ["sent without an id", { "x-github-delivery": undefined }],
    ["sent with an id of other characters", { "x-github-delivery": "a b" }],
  ])("S23: a signed comment %s does nothing", async (_kind, headers) => {
    const { url, journal, wakes } = await start();
    expect((await deliver(url, commentDelivery("/plan"), headers)).status).toBe(400);
    expect([journal.received(), wakes.length]).toEqual([0, 0]);
  });
});

describe("sent again", () => {
  test("S21: a hundred copies of one delivery give one run", async () => {
    const { url, journal, wakes } = await start();
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => deliver(url, commentDelivery("/plan"), { "x-github-delivery": "one" })),
    );
    expect(answers.every((answer) => answer.status === 202)).toBe(true);
    expect([journal.runs.size, journal.received(), wakes.length]).toEqual([1, 1, 1]);
  });

  test("S22: a hundred replays under fresh ids give one run, even after that run is over", async () => {
    const { url, journal, wakes } = await start();
    const replay = () => deliver(url, commentDelivery("/plan"));
    await Promise.all(Array.from({ length: 100 }, replay));
    const [id] = journal.runs.keys();
    journal.finish(id!);
    const late = await replay();
    expect([late.status, await late.json()]).toEqual([202, { duplicate: true }]);
    expect([journal.runs.size, journal.received(), wakes.length]).toEqual([1, 1, 1]);
  });
});

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
    const { url } = await start();
    await flood(url, "2", "60");
    const { result, growth } = await watched(flood(url, "20", "60"));
    expect(result.map((answer) => answer.status)).toEqual(Array.from({ length: 20 }, () => 413));
    expect(Math.max(...result.map((answer) => answer.ms))).toBeLessThan(5000);
    expect(growth).toBeLessThan(40);
  });

  test("twenty bodies of 60 MB without a length are refused while they are counted", async () => {
    const { url } = await start();
    await flood(url, "2", "60", "chunked");
    const { result, growth } = await watched(flood(url, "20", "60", "chunked"));
    expect(result.every((answer) => answer.status === 413 || answer.status === 503)).toBe(true);
    expect(growth).toBeLessThan(120);
  });

  test("the bound of memory is given back: a delivery is taken in after the flood", async () => {
    const { url } = await start();
    await flood(url, "20", "30", "chunked");
    expect((await deliver(url, commentDelivery("/plan"))).status).toBe(202);
  });

  test("a body that does not arrive in time is refused, others meanwhile are not", async () => {
    const limits = { maxBytes: 25 << 20, maxTotalBytes: 32 << 20, deadlineMs: 300 };
    const { url } = await start({ limits });
    const slow = flood(url, "3", "1", "slow");
    expect((await deliver(url, commentDelivery("/plan"))).status).toBe(202);
    expect((await slow).map((answer) => answer.status)).toEqual([408, 408, 408]);
  });
});

describe("what the outside sees", () => {
  test("S46: a journal that fails is a 503 to try again, without a word of the failure", async () => {
    const { url, journal, wakes } = await start();
    for (const thrown of [
      new TypeError("canary at /srv/db"),
      new JourneymanError("journal_conflict"),
      "canary",
      null,
    ]) {
      journal.breakWith(thrown ?? new RangeError("canary"));
      const answer = await deliver(url, commentDelivery("/plan"));
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await answer.text()).not.toMatch(/canary|Error|\bat\b|journal_/);
    }
    journal.breakWith(null);
    expect((await deliver(url, commentDelivery("/plan"))).status).toBe(202);
    expect(wakes).toHaveLength(1);
  });

  test("S46: a page that fails is a 500 without a word of the failure", async () => {
    const broken = () => Promise.reject(new TypeError("canary at file.ts:1"));
    const { url } = await start({ ready: broken, metrics: broken });
    for (const path of ["/readyz", "/metrics"]) {
      const answer = await fetch(url + path);
      expect([answer.status, await answer.text()]).toEqual([500, '{"error":"internal"}\n']);
    }
  });

  test("S87: there is no set-up page, and no page that was not made", async () => {
    const { url } = await start();
    for (const path of ["/", "/probot", "/probot/setup?code=x", "/probot/import", "/metrics", "/healthz/x", PATH]) {
      expect((await fetch(url + path)).status).toBe(404);
    }
    for (const method of ["POST", "PUT", "DELETE"]) {
      expect((await fetch(`${url}/probot/import`, { method, body: "{}" })).status).toBe(404);
    }
  });

  test("it says that it lives, whether it is ready, and its figures", async () => {
    let ready = false;
    const { url } = await start({ ready: async () => ready, metrics: async () => "runs 1\n" });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    ready = true;
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toBe("runs 1\n");
    expect((await fetch(`${url}/healthz`, { method: "HEAD" })).status).toBe(200);
  });
});
