import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drive, only } from "../../support/driven-loop.ts";
import { openLocalWorkspace, type LocalWorkspace } from "../../support/local-workspace.ts";
import { call, calls, fails, PRICE, says, scriptedPort } from "../../support/scripted-port.ts";
import { costOf } from "../../../src/core/money/money.ts";

let workspace: LocalWorkspace;
beforeAll(async () => {
  workspace = await openLocalWorkspace();
});
afterAll(() => workspace.close());

const submit = calls(call("s", "submit", { summary: "Done." }));

describe("a model that fails for a while", () => {
  test.each(["rate_limited", "overloaded", "server_error", "cut", "stalled", "network"] as const)(
    "%s is asked again with the same request",
    async (failure) => {
      const model = scriptedPort(fails(failure), fails(failure), submit);
      const { end, facts, sleeps } = await drive({ model, workspace });
      expect(end?.kind).toBe("submitted");
      expect(sleeps).toEqual([2_000, 4_000]);
      expect(model.requests[1]).toEqual(model.requests[0]);
      expect(new Set(only(facts, "model.requested").map(({ requestDigest }) => requestDigest)).size).toBe(1);
    },
  );

  test("what the vendor asks for in retry-after wins over our own backoff", async () => {
    const { sleeps } = await drive({
      model: scriptedPort(fails("rate_limited", { retryAfterMs: 7_500 }), submit),
      workspace,
    });
    expect(sleeps).toEqual([7_500]);
  });

  test("a wait longer than a minute is not sat out: the run is parked for as long as was asked", async () => {
    const model = scriptedPort(fails("rate_limited", { retryAfterMs: 600_000 }));
    const { error, sleeps } = await drive({ model, workspace });
    expect([error?.code, error?.class, error?.retryAfterMs, sleeps]).toEqual([
      "model_unavailable",
      "wait",
      600_000,
      [],
    ]);
  });

  test("after five attempts the run is parked, and each further round waits longer", async () => {
    const model = scriptedPort(fails("overloaded"));
    const first = await drive({ model, workspace });
    expect(first.sleeps).toEqual([2_000, 4_000, 8_000, 16_000]);
    expect([model.requests.length, first.error?.details]).toEqual([5, { reason: "overloaded", attempts: 5 }]);
    const second = await drive({ model, workspace, history: first.facts });
    expect([model.requests.length, first.error?.retryAfterMs, second.error?.retryAfterMs]).toEqual([
      10, 60_000, 120_000,
    ]);
  });

  test("what a broken call was billed is charged", async () => {
    const billed = { input: 1_000, cacheRead: 0, cacheWrite: 0, output: 7 };
    const { facts } = await drive({ model: scriptedPort(fails("cut", { billed }), submit), workspace });
    expect(only(facts, "model.failed")[0]?.costMicroUsd).toBe(costOf(billed, PRICE));
  });

  test.each([
    ["unauthorized", "model_unauthorized"],
    ["bad_request", "model_rejected"],
    ["context_exceeded", "context_exceeded"],
  ] as const)("%s is never asked again", async (failure, code) => {
    const model = scriptedPort(fails(failure));
    const { error } = await drive({ model, workspace });
    expect([error?.code, model.requests.length]).toEqual([code, 1]);
  });
});

describe("limits, before anything is spent", () => {
  test("a model without a known price is never called", async () => {
    const model = { ...scriptedPort(submit), price: () => null };
    const { error, facts } = await drive({ model, workspace });
    expect([error?.code, facts]).toEqual(["price_unknown", []]);
  });

  test("a call whose worst case could pass the budget is not made", async () => {
    const model = scriptedPort(submit);
    const { error, facts } = await drive({ model, workspace, ceiling: 200_000 });
    expect([error?.code, model.requests.length, facts]).toEqual(["budget_exhausted", 0, []]);
  });

  test("what is reserved is never less than what the call then costs", async () => {
    const { facts } = await drive({ model: scriptedPort(calls(call("r", "glob", {})), submit), workspace });
    const reserved = only(facts, "model.requested").map(({ reservedMicroUsd }) => reservedMicroUsd);
    const paid = only(facts, "model.responded").map(({ costMicroUsd }) => costMicroUsd);
    expect(reserved).toHaveLength(2);
    for (const [place, amount] of paid.entries()) expect(reserved[place]).toBeGreaterThan(amount);
  });

  test("at 70 % of the budget people are warned once, and the model is told", async () => {
    const model = scriptedPort(says("Hm."), says("Hm."), submit);
    const { facts } = await drive({ model, workspace, ceiling: 10_000_000, spent: () => 7_000_000 });
    expect(only(facts, "limit.warned")).toEqual([
      { type: "limit.warned", limit: "run", spentMicroUsd: 7_000_000, ceilingMicroUsd: 10_000_000 },
    ]);
    expect(JSON.stringify(model.requests[0]?.messages)).toContain("$7.00 of the budget of $10.00");
    expect(JSON.stringify(model.requests[2]?.messages).match(/of the budget of/g)).toHaveLength(1);
  });

  test("the turn after the last is not asked for", async () => {
    const model = scriptedPort(calls(call("g", "glob", { pattern: "1" })), calls(call("h", "glob", { pattern: "2" })));
    const { error } = await drive({ model, workspace, limits: { turns: 2 } });
    expect([error?.code, error?.details, model.requests.length]).toEqual([
      "turn_limit",
      { turns: 2, stage: "implement" },
      2,
    ]);
  });

  test("no request is made when the time for work is used up", async () => {
    const model = scriptedPort(submit);
    const { error } = await drive({ model, workspace, workedMs: 3_600_000 });
    expect([error?.code, error?.details, model.requests.length]).toEqual(["time_limit", { minutes: 60 }, 0]);
  });
});
