import { describe, expect, test } from "vitest";
import { parseFailover } from "../../../src/model/failover.ts";
import { createProviders } from "../../../src/model/providers.ts";
import type { ModelFailure } from "../../../src/ports/model.ts";
import { asking, user } from "../../support/scripted-model/conversation.ts";
import { fails, says, scriptedPort } from "../../support/scripted-port.ts";

const never = new AbortController().signal;
const to = (model: string) => asking([user("hi")], { model });

describe("a request", () => {
  test.each([
    ["claude-opus-5-5", "anthropic"],
    ["anthropic/claude-opus-5-5", "anthropic"],
    ["anthropic/house-model", "anthropic"],
    ["openai/gpt-5.5", "openai"],
    ["gpt-5.5", "openai"],
    ["meta-llama/llama-4", "openai"],
    ["qwen3:32b", "openai"],
  ] as const)("to %s goes to the %s shape", async (model, vendor) => {
    const [anthropic, openai] = [scriptedPort(says("a")), scriptedPort(says("o"))];
    const outcome = await createProviders({ providers: { anthropic, openai } }).respond(to(model), never);
    expect(outcome.kind).toBe("answered");
    expect([anthropic.requests.length, openai.requests.length]).toEqual(vendor === "anthropic" ? [1, 0] : [0, 1]);
  });

  test("to a provider that is not configured is not sent, and says so", async () => {
    const model = createProviders({ providers: { anthropic: scriptedPort(says("a")) } });
    expect(await model.respond(to("gpt-5.5"), never)).toMatchObject({ failure: "not_configured", billed: null });
  });
});

describe("the circuit of a provider", () => {
  const opened = async (failure: ModelFailure) => {
    let at = 0;
    const [anthropic, openai] = [scriptedPort(fails(failure)), scriptedPort(says("o"))];
    const model = createProviders({ providers: { anthropic, openai }, now: () => at });
    for (let call = 0; call < 5; call += 1) await model.respond(to("claude-opus-5-5"), never);
    return { model, anthropic, after: (ms: number) => void (at += ms) };
  };

  test.each(["overloaded", "server_error", "network", "stalled", "cut"] as const)(
    "opens after five times %s: nothing is sent, for half a minute, to that provider",
    async (failure) => {
      const { model, anthropic, after } = await opened(failure);
      const shut = await model.respond(to("claude-opus-5"), never);
      expect(shut).toMatchObject({ kind: "failed", failure: "circuit_open", retryAfterMs: 30_000, billed: null });
      expect(anthropic.requests).toHaveLength(5);
      expect((await model.respond(to("gpt-5.5"), never)).kind).toBe("answered");
      after(30_000);
      await model.respond(to("claude-opus-5-5"), never);
      expect(anthropic.requests).toHaveLength(6);
    },
  );

  test.each(["rate_limited", "unauthorized", "bad_request", "context_exceeded", "cancelled", "astray"] as const)(
    "stays closed after five times %s",
    async (failure) => {
      const { model, anthropic } = await opened(failure);
      await model.respond(to("claude-opus-5-5"), never);
      expect(anthropic.requests).toHaveLength(6);
    },
  );

  test("a person who wants it tried now gets a request through", async () => {
    const { model, anthropic } = await opened("overloaded");
    await model.respond(to("claude-opus-5-5"), never);
    expect(anthropic.requests).toHaveLength(5);
    model.probe?.();
    await model.respond(to("claude-opus-5-5"), never);
    expect(anthropic.requests).toHaveLength(6);
  });
});

describe("the operator's chains", () => {
  const both = new Set(["anthropic", "openai"] as const);

  test("give the next model of each, and none after the last", () => {
    const { standIns, faults } = parseFailover(
      "claude-opus-5-5 > openai/gpt-5.5>claude-opus-5, gpt-5>gpt-5-mini",
      both,
    );
    expect(faults).toEqual([]);
    const model = createProviders({ providers: {}, standIns });
    const next = ["claude-opus-5-5", "openai/gpt-5.5", "claude-opus-5", "gpt-5", "gpt-4.1"].map(model.standIn);
    expect(next).toEqual(["openai/gpt-5.5", "claude-opus-5", null, "gpt-5-mini", null]);
  });

  test.each([
    ["claude-opus-5-5", /names no stand-in/],
    ["claude-opus-5-5>", /`` is not the id of a model/],
    ["claude opus>gpt-5", /`claude opus` is not the id/],
    ["gpt-5>gpt-5-mini, gpt-5>gpt-5-nano", /`gpt-5` has two stand-ins/],
    ["gpt-5>gpt-5-mini>gpt-5", /comes back/],
    ["gpt-5>gpt-5", /comes back/],
    ["a>b,b>c,c>a", /comes back/],
  ])("%s is a fault", (text, fault) => {
    expect(parseFailover(text, both).faults.join("; ")).toMatch(fault);
  });

  test("every fault is told, and a model without a provider is one", () => {
    const { faults } = parseFailover("claude-opus-5-5>gpt-5.5>x y", new Set(["anthropic"] as const));
    expect(faults).toEqual(["`gpt-5.5` needs OPENAI_API_KEY or OPENAI_BASE_URL", "`x y` is not the id of a model"]);
  });
});
