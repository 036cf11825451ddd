import type { ChatCompletionChunk } from "openai/resources/chat/completions";
import type { ResponseStreamEvent } from "openai/resources/responses/responses";
import { describe, expect, test } from "vitest";
import { messageOf, nothingYet, type Arriving } from "../../../src/model/arriving.ts";
import { failureOf } from "../../../src/model/failures.ts";
import { takeChunk } from "../../../src/model/openai-chat.ts";
import { takeEvent } from "../../../src/model/openai-responses.ts";

/** Events as they come over the wire, some of them of kinds the client's types do not know. */
function events(...given: readonly object[]): Arriving {
  const answer = nothingYet();
  for (const event of given) takeEvent(answer, event as ResponseStreamEvent);
  return answer;
}

function chunks(...given: readonly object[]): Arriving {
  const answer = nothingYet();
  for (const chunk of given) takeChunk(answer, { id: "c", choices: [], ...chunk } as object as ChatCompletionChunk);
  return answer;
}

const usage = {
  input_tokens: 1_000,
  input_tokens_details: { cached_tokens: 600, cache_write_tokens: 300 },
  output_tokens: 7,
};
const completed = (more: object = {}) => ({
  type: "response.completed",
  response: { id: "r", status: "completed", usage, ...more },
});

describe("the Responses API", () => {
  test("tells cached and written tokens among the input; ours are apart", () => {
    expect(events(completed()).usage).toEqual({ input: 100, cacheRead: 600, cacheWrite: 300, output: 7 });
  });

  test("a server that tells no details has read everything anew", () => {
    const bare = { input_tokens: 50, output_tokens: 1 };
    expect(events(completed({ usage: bare })).usage).toEqual({ input: 50, cacheRead: 0, cacheWrite: 0, output: 1 });
  });

  test("a refusal is told as one, with its words", () => {
    const said = { type: "response.refusal.delta", output_index: 0, content_index: 0, delta: "I cannot." };
    const answer = events(said, completed());
    expect([answer.stop, messageOf(answer, "refusal").content]).toEqual([
      "refusal",
      [{ type: "text", text: "I cannot." }],
    ]);
  });

  test("a call is put together from its pieces, and what its end says wins", () => {
    const item = { type: "function_call", call_id: "call_1", name: "bash", arguments: "" };
    const begun = { type: "response.output_item.added", output_index: 1, item };
    const piece = { type: "response.function_call_arguments.delta", output_index: 1, delta: '{"command":' };
    const done = {
      type: "response.output_item.done",
      output_index: 1,
      item: { ...item, arguments: '{"command":"ls"}' },
    };
    const answer = events(begun, piece, done, { type: "response.hologram", output_index: 9 }, completed());
    expect(answer.stop).toBe("tool_use");
    expect(messageOf(answer, "tool_use").content).toEqual([
      { type: "tool_call", id: "call_1", name: "bash", input: { command: "ls" } },
    ]);
  });

  test("a thought without anything to send back is left out", () => {
    const item = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: null };
    const answer = events({ type: "response.output_item.done", output_index: 0, item }, completed());
    expect(messageOf(answer, "end_turn").content).toEqual([]);
  });

  test("a failed answer is not whole, and keeps what it was charged", () => {
    const failed = { id: "r", usage, error: { code: "rate_limit_exceeded", message: "…" } };
    const answer = events({ type: "response.failed", response: failed });
    expect([answer.whole, answer.error, answer.usage?.output]).toEqual([false, "rate_limit_exceeded", 7]);
  });
});

describe("Chat Completions", () => {
  const choice = (delta: object, finish_reason: string | null = null) => ({
    choices: [{ index: 0, delta, finish_reason }],
  });
  const told = { usage: { prompt_tokens: 10, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 4 } } };

  test("an answer is whole with its reason to stop and its usage, in either order, not with one of them", () => {
    expect(chunks(choice({ content: "a" }), choice({}, "stop")).whole).toBe(false);
    expect(chunks(choice({ content: "a" }), told).whole).toBe(false);
    expect(chunks(choice({ content: "a" }), choice({}, "stop"), told).whole).toBe(true);
    expect(chunks(told, choice({ content: "a" }), choice({}, "stop")).usage).toEqual({
      input: 6,
      cacheRead: 4,
      cacheWrite: 0,
      output: 2,
    });
  });

  test("pieces of calls that come mixed go to their own calls", () => {
    const piece = (index: number, more: object) => choice({ tool_calls: [{ index, ...more }] });
    const answer = chunks(
      piece(0, { id: "a", function: { name: "bash", arguments: "" } }),
      piece(1, { id: "b", function: { name: "read", arguments: '{"p":' } }),
      piece(0, { function: { arguments: '{"c":1}' } }),
      piece(1, { function: { arguments: "2}" } }),
      choice({}, "tool_calls"),
      told,
    );
    expect(messageOf(answer, "tool_use").content).toMatchObject([
      { id: "a", name: "bash", input: { c: 1 } },
      { id: "b", name: "read", input: { p: 2 } },
    ]);
  });

  test("a refusal is told as one; other choices are passed over", () => {
    const answer = chunks(
      { choices: [{ index: 1, delta: { content: "not ours" }, finish_reason: null }] },
      choice({ refusal: "I can" }),
      choice({ refusal: "not." }),
      choice({}, "stop"),
      told,
    );
    expect([answer.stop, messageOf(answer, "refusal").content]).toEqual([
      "refusal",
      [{ type: "text", text: "I cannot." }],
    ]);
  });
});

describe("the vendor's words for a failure", () => {
  const context = { apiKey: "sk-0123456789", begun: true, now: 0 };
  const named = { message: null, requestId: null };

  test.each([
    [429, ["insufficient_quota"], "unauthorized"],
    [429, ["requests", "rate_limit_exceeded"], "rate_limited"],
    [400, ["invalid_request_error", "context_length_exceeded"], "context_exceeded"],
    [402, [], "unauthorized"],
    [400, ["invalid_request_error"], "bad_request"],
  ] as const)("HTTP %s with %j is %s", (status, words, failure) => {
    expect(failureOf({ kind: "status", status, headers: undefined, words, ...named }, context).failure).toBe(failure);
  });

  test.each([
    [["error", "server_is_overloaded"], "overloaded"],
    [["slow_down"], "overloaded"],
    [["server_error"], "server_error"],
    [["rate_limit_exceeded"], "rate_limited"],
    [["context_length_exceeded"], "context_exceeded"],
    [["insufficient_quota"], "unauthorized"],
    [["invalid_prompt"], "bad_request"],
    [["bio_policy"], "bad_request"],
    [["moonrise"], "cut"],
  ] as const)("an error %j in mid-answer is %s", (words, failure) => {
    expect(failureOf({ kind: "event", words, ...named }, context).failure).toBe(failure);
  });
});
