import { expect, onTestFinished, test } from "vitest";
import type { ModelFailure } from "../../../src/ports/model.ts";
import { faulty, promptTooLong, slow, status, text } from "./answer.ts";
import type { Answer } from "./answer.ts";
import { KEY, TASK, answered, never } from "./contract-scene.ts";
import type { Scene } from "./contract-scene.ts";
import { failing } from "./script.ts";

/** What happens, the answer, the kind of failure, and the milliseconds that the vendor asked for. */
type Row = readonly [string, Answer, ModelFailure, number | null];

const PAST = "Wed, 21 Oct 2015 07:28:00 GMT";
const BAD_GATEWAY = { body: "<html>Bad gateway</html>" };

const FAULTS: readonly Row[] = [
  ["F10.M4 429 with seconds", status(429, { retryAfter: "7" }), "rate_limited", 7_000],
  ["F10.M4 429 with milliseconds", status(429, { headers: { "retry-after-ms": "250" } }), "rate_limited", 250],
  ["F10.M4 429 with a date gone by", status(429, { retryAfter: PAST }), "rate_limited", 0],
  ["F10.M4 529", status(529), "overloaded", null],
  ["F10.M4 503", status(503, { retryAfter: "2" }), "overloaded", 2_000],
  ["F10.M4 500", status(500), "server_error", null],
  ["F10.M4 502 from something in between", status(502, BAD_GATEWAY), "server_error", null],
  ["401", status(401), "unauthorized", null],
  ["403", status(403), "unauthorized", null],
  ["404", status(404), "bad_request", null],
  ["400", status(400), "bad_request", null],
  ["F10.ML 400 prompt too long", promptTooLong(), "context_exceeded", null],
  ["F10.ML 413", status(413), "context_exceeded", null],
  ["F10.NC a reset before the answer", faulty("reset"), "network", null],
  ["F10.MC a reset in mid-stream", faulty("reset_mid_stream"), "cut", null],
  ["F10.MC a clean end in mid-stream", faulty("fin_mid_stream"), "cut", null],
  ["F10.MC a clean end with all but the last event", faulty("fin_before_stop"), "cut", null],
  ["F10.MC an error event in mid-stream", faulty("error_event"), "overloaded", null],
  ["F10.MC an event that is not JSON", faulty("bad_json_event"), "cut", null],
  ["F10.MC an empty body", faulty("empty"), "cut", null],
];

export function failuresContract({ ask, asking, has, model, server }: Scene): void {
  test.for(FAULTS)(
    "%s: a value, tried once; the same request is answered after it",
    async ([, fault, failure, wait]) => {
      server().follow([failing([fault], text("recovered"))]);
      const asked = model();
      expect(await asked.respond(asking(TASK), never)).toMatchObject({ kind: "failed", failure, retryAfterMs: wait });
      expect(server().requests).toHaveLength(1);
      const next = answered(await asked.respond(asking(TASK), never));
      expect(next.message.content).toEqual([{ type: "text", text: "recovered" }]);
      expect(server().requests[1]?.raw).toBe(server().requests[0]?.raw);
    },
  );

  test("a server that cannot be reached is a network failure", async () => {
    await server().close();
    expect(await model().respond(asking(TASK), never)).toMatchObject({ kind: "failed", failure: "network" });
  });

  test("an answer cut short is charged: what the vendor had told by then, else no less than what was used", async () => {
    const outcome = await ask([faulty("fin_mid_stream")]);
    const charged = server().requests[0]?.usage ?? expect.fail("the request was refused");
    expect(charged.cacheWrite).toBeGreaterThan(0);
    const billed = (outcome.kind === "failed" ? outcome.billed : null) ?? expect.fail("nothing is billed");
    if (has("early_usage")) expect(billed).toMatchObject({ input: charged.input, cacheWrite: charged.cacheWrite });
    else {
      expect(billed.input).toBeGreaterThanOrEqual(charged.input + charged.cacheRead + charged.cacheWrite);
      expect(billed.output).toBeGreaterThanOrEqual(charged.output);
    }
  });

  test("F10.MC an answer that breaks off is told with the id under which the vendor knows the request", async () => {
    expect(await ask([faulty("fin_mid_stream")])).toMatchObject({ detail: expect.stringMatching(/ \(request \S+\)$/) });
  });

  test("a refusal before the answer reports nothing as charged", async () => {
    expect(await ask([status(529)])).toMatchObject({ kind: "failed", billed: null });
  });

  test("a connection that breaks after the answer was whole does not undo it", async () => {
    const outcome = answered(await ask([faulty("reset_after_stop", text("whole"))]));
    expect(outcome.message.content).toEqual([{ type: "text", text: "whole" }]);
  });

  test("a stream that stays open after the answer was whole is not waited for", async () => {
    const outcome = answered(await ask([faulty("open_after_stop", text("whole"))], { stallMs: 10_000 }));
    expect(outcome.durationMs).toBeLessThan(5_000);
  });

  test("S48 the key is in no failure, though the vendor's answer quotes it", async () => {
    for (const code of [400, 401, 403, 404, 413, 429, 500, 529]) {
      const quoting = status(code, { message: `no such key: ${KEY}, nor its end ${KEY.slice(-12)}` });
      const outcome = await ask([quoting]);
      expect(outcome.kind).toBe("failed");
      expect(JSON.stringify(outcome)).not.toMatch(/0123456789|89abcdef/);
    }
    const hinting = await ask([status(401, { message: `no such key: …${KEY.slice(-4)}` })]);
    expect(JSON.stringify(hinting)).not.toContain(KEY.slice(-4));
    const refused = await ask([text("unseen")], { apiKey: "sk-ant-stranger-9876543210" });
    expect(refused).toMatchObject({ kind: "failed", failure: "unauthorized" });
    expect(JSON.stringify(refused)).not.toContain("9876543210");
  });
}

export function silenceContract({ ask, asking, model, server }: Scene): void {
  test.for([
    ["a stream that falls silent", faulty("stall"), { stallMs: 200 }],
    ["an answer that never begins", faulty("silent"), { headerTimeoutMs: 200 }],
    ["an answer that only pings", slow(60_000, text("late")), { turnTimeoutMs: 700 }],
  ] as const)("D2 F10.MC %s is ended as stalled", async ([, answer, limits]) => {
    const outcome = await ask([answer], limits);
    expect(outcome).toMatchObject({ kind: "failed", failure: "stalled" });
    expect(outcome.durationMs).toBeLessThan(5_000); // the other limits of the scene are longer
  });

  test("D2 pings keep a slow answer alive", async () => {
    const outcome = answered(await ask([slow(2_500, text("late"))], { stallMs: 1_500 }));
    expect(outcome.durationMs).toBeGreaterThan(1_500);
  });

  test.for([
    ["has not begun", faulty("silent")],
    ["has begun and fallen silent", faulty("stall")],
  ] as const)("a call whose answer %s ends within a second of its cancellation", async ([, answer]) => {
    server().follow([answer]);
    const controller = new AbortController();
    const running = model().respond(asking(TASK), controller.signal);
    const arrived = setInterval(() => server().requests.length > 0 && controller.abort(), 50);
    onTestFinished(() => clearInterval(arrived));
    const cancelled = new Promise<number>((resolve) => {
      controller.signal.addEventListener("abort", () => resolve(performance.now()));
    });
    expect(await running).toMatchObject({ kind: "failed", failure: "cancelled" });
    expect(performance.now() - (await cancelled)).toBeLessThan(1_000);
  });

  test("a call cancelled beforehand is not sent", async () => {
    const outcome = await model().respond(asking(TASK), AbortSignal.abort());
    expect(outcome).toMatchObject({ kind: "failed", failure: "cancelled" });
    expect(server().requests).toHaveLength(0);
  });
}
