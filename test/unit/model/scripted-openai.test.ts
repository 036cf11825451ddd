import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { WireRequest } from "../../support/scripted-model/request.ts";
import { OPENAI_CHAT, OPENAI_RESPONSES } from "../../support/scripted-openai/dialect.ts";
import { createPrefixCache } from "../../support/scripted-openai/prefix-cache.ts";

const incoming = { headers: {} } as IncomingMessage;
const said = (role: "user" | "assistant", content: string) => ({ type: "message", role, content });
const use = { type: "function_call", call_id: "call_1", name: "bash", arguments: "{}" };
const result = { type: "function_call_output", call_id: "call_1", output: "ok" };
const thought = {
  type: "reasoning",
  id: "rs_1",
  summary: [{ type: "summary_text", text: "hm" }],
  encrypted_content: "x",
};

const responses = (input: unknown[], more: object = {}) =>
  JSON.stringify({ model: "gpt-5.5", max_output_tokens: 99, stream: true, store: false, ...more, input });

test.for([
  ["a call without its output", [said("user", "a"), use, said("user", "b")], {}, /without `tool_result`/],
  ["an output nobody asked for", [said("user", "a"), said("assistant", "b"), result], {}, /unexpected/],
  ["a thought that nothing came of", [said("user", "a"), thought, said("user", "b")], {}, /required following item/],
  ["a changed thought", [said("user", "a"), thought, said("assistant", "b"), said("user", "c")], {}, /signature/],
  [
    "an effort that the model does not know",
    [said("user", "a")],
    { model: "gpt-4.1", reasoning: { effort: "low" } },
    /not supported/,
  ],
  ["a field that nobody knows", [said("user", "a")], { cache_control: 1 }, /cache_control/],
  ["storing", [said("user", "a")], { store: true }, /store/],
] as const)("over Responses %s is refused", ([, input, more, why]) => {
  const read = OPENAI_RESPONSES.read(incoming, responses([...input], more), () => false);
  expect(read).toMatchObject({ kind: "status", status: 400 });
  expect(JSON.stringify(read)).toMatch(why);
});

test("over Chat Completions a call without its answer is refused, and usage has to be asked for", () => {
  const call = { id: "call_1", type: "function", function: { name: "bash", arguments: "{}" } };
  const messages = [
    { role: "user", content: "a" },
    { role: "assistant", content: null, tool_calls: [call] },
    { role: "user", content: "b" },
  ];
  const body = { model: "gpt-5.5", max_completion_tokens: 9, stream: true, store: false, messages };
  const asked = { ...body, stream_options: { include_usage: true } };
  expect(JSON.stringify(OPENAI_CHAT.read(incoming, JSON.stringify(asked), () => false))).toContain("tool_result");
  expect(JSON.stringify(OPENAI_CHAT.read(incoming, JSON.stringify(body), () => false))).toContain("stream_options");
});

test("every beginning of a request is cached, from 1,024 tokens on, in steps of 128, for its own model", () => {
  const cache = createPrefixCache();
  const wire = (texts: string[], model = "gpt-5.5") =>
    WireRequest.parse({ model, max_tokens: 1, messages: texts.map((content) => ({ role: "user", content })) });
  const long = "word ".repeat(1_000);
  expect(cache.account(wire(["small"]))).toMatchObject({ cacheRead: 0, cacheWrite: 0 });
  const first = cache.account(wire([long]));
  expect(first.cacheRead).toBe(0);
  expect(first.cacheWrite % 128).toBe(0);
  const second = cache.account(wire([long, "and more"]));
  expect(second.cacheRead).toBe(first.cacheWrite);
  expect(cache.account(wire([long], "gpt-5")).cacheRead).toBe(0);
});
