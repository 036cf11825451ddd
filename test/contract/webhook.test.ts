import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { JourneymanError } from "../../src/core/errors.ts";
import { commentDelivery, commentOf, labelDelivery } from "../support/deliveries.ts";
import { deliver, PATH, SECRET, sign, startWeb } from "../support/web-stage.ts";

describe("taking a delivery in", () => {
  test("a command becomes facts and a wake, and the answer names the run", async () => {
    const { url, runs, facts, wakes } = await startWeb();
    const answer = await deliver(url, commentDelivery("/plan"));
    expect(answer.status).toBe(202);
    const [id] = await runs();
    expect(await answer.json()).toEqual({ run: id });
    expect(await facts()).toEqual(["run.requested", "command.received"]);
    expect(wakes).toEqual([`${id}@0`]);
  });

  test("a second command during a run joins that run", async () => {
    const { url, runs, wakes } = await startWeb();
    await deliver(url, labelDelivery("journeyman"), { "x-github-event": "issues" });
    await deliver(url, commentDelivery("/stop"));
    const [id, another] = await runs();
    expect(another).toBeUndefined();
    expect(wakes).toEqual([`${id}@0`, `${id}@2`]);
  });

  test("what is no command is acknowledged and not stored", async () => {
    const { url, asked } = await startWeb();
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
    expect(asked()).toBe(0);
  });

  test("a wake that fails is logged and changes nothing", async () => {
    const { url, runs, logged } = await startWeb({
      queue: { wake: () => Promise.reject(new JourneymanError("redis_unreachable", { address: "redis:6379" })) },
    });
    expect((await deliver(url, commentDelivery("/plan"))).status).toBe(202);
    expect(await runs()).toHaveLength(1);
    await expect.poll(() => logged.some((line) => line.includes("redis_unreachable"))).toBe(true);
  });

  test("a wake that hangs does not hold the answer back", async () => {
    const { url } = await startWeb({ queue: { wake: () => new Promise(() => {}) } });
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
    const { url, asked } = await startWeb({ secrets: [SECRET, ""] });
    expect((await deliver(url, body, headers)).status).toBe(401);
    // What is not even JSON gets the same answer: nothing was parsed.
    expect((await deliver(url, "{ not json", headers)).status).toBe(401);
    expect(asked()).toBe(0);
  });

  test("S19: one changed byte spoils the signature", async () => {
    const { url, asked } = await startWeb();
    const changed = body.replace("/approve", "/approvf");
    expect((await deliver(url, changed, { "x-hub-signature-256": sign(body) })).status).toBe(401);
    expect(asked()).toBe(0);
  });

  test("S20: two secrets are accepted at once, and the old one no longer when it is gone", async () => {
    const both = await startWeb({ secrets: ["new", "old"] });
    for (const [at, secret] of ["new", "old"].entries()) {
      const text = JSON.stringify(commentDelivery("/plan", { comment: commentOf("/plan", { id: at }) }));
      expect((await deliver(both.url, text, { "x-hub-signature-256": sign(text, secret) })).status).toBe(202);
    }
    expect(both.asked()).toBe(2);
    const after = await startWeb({ secrets: ["new"] });
    expect((await deliver(after.url, body, { "x-hub-signature-256": sign(body, "old") })).status).toBe(401);
    expect((await deliver(after.url, body, { "x-hub-signature-256": sign(body, "new") })).status).toBe(202);
  });

  test("a signed body that is not JSON, or not UTF-8, is refused", async () => {
    const { url } = await startWeb();
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
    const { url, asked, wakes } = await startWeb();
    expect((await deliver(url, commentDelivery("/plan"), headers)).status).toBe(400);
    expect([asked(), wakes.length]).toEqual([0, 0]);
  });
});

describe("sent again", () => {
  test("S21: a hundred copies of one delivery give one run", async () => {
    const { url, facts, wakes } = await startWeb();
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => deliver(url, commentDelivery("/plan"), { "x-github-delivery": "one" })),
    );
    expect(answers.every((answer) => answer.status === 202)).toBe(true);
    expect([(await facts()).length, wakes.length]).toEqual([2, 1]);
  });

  test("S22: a hundred replays under fresh ids give one run, even after that run is over", async () => {
    const { url, runs, finish, wakes } = await startWeb();
    const replay = () => deliver(url, commentDelivery("/plan"));
    await Promise.all(Array.from({ length: 100 }, replay));
    for (const run of await runs()) await finish(run);
    const late = await replay();
    expect([late.status, await late.json()]).toEqual([202, { duplicate: true }]);
    expect([(await runs()).length, wakes.length]).toEqual([1, 1]);
  });
});
