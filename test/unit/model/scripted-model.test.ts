import { expect, test } from "vitest";
import { call, text } from "../../support/scripted-model/answer.ts";
import { createPromptCache } from "../../support/scripted-model/cache.ts";
import { WireRequest, scriptRequest } from "../../support/scripted-model/request.ts";
import { faultIn } from "../../support/scripted-model/rules.ts";
import { answerOf, byRole } from "../../support/scripted-model/script.ts";
import { startScriptedModel } from "../../support/scripted-model/server.ts";

const wire = (messages: readonly unknown[], more: object = {}): WireRequest =>
  WireRequest.parse({ model: "m", max_tokens: 1, messages, ...more });
const said = (role: "user" | "assistant", ...content: unknown[]) => ({ role, content });
const use = (id: string) => ({ type: "tool_use", id, name: "bash", input: {} });
const result = (id: string) => ({ type: "tool_result", tool_use_id: id, content: "ok" });
const block = (n: number, mark = false) => ({
  type: "text",
  text: `${n} `.repeat(2_100),
  ...(mark && { cache_control: { type: "ephemeral" } }),
});

test.for([
  ["a conversation that begins with the model", [said("assistant", { type: "text", text: "hi" })], /first message/],
  [
    "a conversation that ends with the model",
    [
      { role: "user", content: "a" },
      { role: "assistant", content: "b" },
    ],
    /prefill/,
  ],
  [
    "a call without its result",
    [said("user", block(1)), said("assistant", use("a")), said("user", block(2))],
    /without `tool_result`/,
  ],
  [
    "a result after another block",
    [said("user", block(1)), said("assistant", use("a")), said("user", block(2), result("a"))],
    /without/,
  ],
  [
    "a result nobody asked for",
    [said("user", block(1)), said("assistant", block(2)), said("user", result("a"))],
    /unexpected/,
  ],
  [
    "two results for one call",
    [said("user", block(1)), said("assistant", use("a")), said("user", result("a"), result("a"))],
    /unexpected/,
  ],
  [
    "two calls with one id",
    [said("user", block(1)), said("assistant", use("a"), use("a")), said("user", result("a"))],
    /unique/,
  ],
  ["an empty message", [said("user")], /non-empty/],
  ["a blank text", [said("user", { type: "text", text: " " })], /non-whitespace/],
  [
    "a changed thought",
    [
      said("user", block(1)),
      said("assistant", { type: "thinking", thinking: "x", signature: "y" }),
      said("user", block(2)),
    ],
    /signature/,
  ],
  ["five marks", [said("user", ...[1, 2, 3, 4, 5].map((n) => block(n, true)))], /maximum of 4/],
] as const)("%s is refused", ([, messages, why]) => {
  expect(faultIn(wire(messages), () => false)).toMatch(why);
});

test("a paired conversation is let through, messages of one role in a row included", () => {
  const messages = [
    said("user", block(1)),
    said("assistant", use("a"), use("b")),
    said("user", result("a")),
    said("user", result("b"), block(2)),
  ];
  expect(faultIn(wire(messages), () => false)).toBeNull();
});

test("a prefix is stored at a mark only, from 1,024 tokens on, for its own model", () => {
  const cache = createPromptCache();
  const small = { type: "text", text: "small", cache_control: { type: "ephemeral" } };
  expect(cache.account(wire([said("user", small)]))).toMatchObject({ cacheWrite: 0, cacheRead: 0 });
  expect(cache.account(wire([said("user", block(1))]))).toMatchObject({ cacheWrite: 0, cacheRead: 0 });
  const stored = cache.account(wire([said("user", block(1, true))]));
  expect(stored).toMatchObject({ cacheRead: 0, input: 0 });
  expect(stored.cacheWrite).toBeGreaterThan(1_024);
  expect(cache.account(wire([said("user", block(1, true))]))).toEqual({
    cacheRead: stored.cacheWrite,
    cacheWrite: 0,
    input: 0,
  });
  expect(cache.account(wire([said("user", block(1, true))], { model: "other" })).cacheRead).toBe(0);
});

test("a mark looks back over twenty blocks, its own included", () => {
  const ask = (later: number) => {
    const cache = createPromptCache();
    const first = cache.account(wire([said("user", block(0, true))]));
    const rest = Array.from({ length: later }, (_, at) => block(at + 1, at === later - 1));
    return cache.account(wire([said("user", block(0), ...rest)])).cacheRead === first.cacheWrite;
  };
  expect(ask(19)).toBe(true);
  expect(ask(20)).toBe(false);
});

test("the place in a script is read from the request, and the role from its system text", async () => {
  const script = byRole({ planner: [text("a plan")], executor: [call("bash", {}), text("done")] });
  const ask = async (system: string, answers: number) => {
    const talk = Array.from({ length: answers }, () => [
      { role: "assistant", content: "a" },
      { role: "user", content: "b" },
    ]);
    return answerOf(script, scriptRequest(wire([{ role: "user", content: "task" }, ...talk.flat()], { system }), 1));
  };
  expect(await ask("You are the executor.", 1)).toEqual(text("done"));
  expect(await ask("You are the Planner.", 0)).toEqual(text("a plan"));
  expect(await ask("You are the executor.", 0)).toEqual(call("bash", {}));
  expect(await ask("You are the executor.", 2)).toMatchObject({ kind: "status", status: 400 });
  expect(await ask("You are nobody.", 0)).toMatchObject({ kind: "status", status: 400 });
});

test("the server says that it is scripted, wants a key and a version, and answers without a stream too", async () => {
  const lines: string[] = [];
  const server = await startScriptedModel({
    script: [call("bash", { command: "ls" })],
    announce: (line) => lines.push(line),
  });
  const post = (path: string, headers: Record<string, string>) =>
    fetch(server.url + path, {
      method: "POST",
      headers,
      body: JSON.stringify(wire([{ role: "user", content: "hi" }])),
    });
  const version = { "anthropic-version": "2026-10-21" };
  try {
    expect(lines.join()).toContain("scripted");
    expect((await fetch(`${server.url}/v1/models`, { headers: version })).status).toBe(401);
    expect((await fetch(`${server.url}/v1/models`, { headers: { ...version, "x-api-key": "k" } })).status).toBe(200);
    expect(server.requests).toHaveLength(0);
    expect((await post("/v1/messages", version)).status).toBe(401);
    expect((await post("/v1/messages", { "x-api-key": "k" })).status).toBe(400);
    const answer = await post("/v1/messages", { ...version, "x-api-key": "k" });
    expect(answer.headers.get("x-scripted")).toBe("true");
    expect(await answer.json()).toMatchObject({
      stop_reason: "tool_use",
      content: [{ type: "tool_use", input: { command: "ls" } }],
    });
    expect(
      await (await post("/v1/messages/count_tokens", { ...version, authorization: "Bearer k" })).json(),
    ).toMatchObject({
      input_tokens: expect.any(Number),
    });
  } finally {
    await server.close();
  }
});
