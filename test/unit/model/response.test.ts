import type { RawMessageStreamEvent } from "@anthropic-ai/sdk/resources/messages";
import { expect, test } from "vitest";
import type { StopReason } from "../../../src/core/messages.ts";
import { messageOf, nothingYet } from "../../../src/model/arriving.ts";
import { take } from "../../../src/model/response.ts";

/** Events as they come over the wire, some of them of kinds the client's types do not know. */
function taken(...events: readonly object[]) {
  const answer = nothingYet();
  for (const event of events) take(answer, event as RawMessageStreamEvent);
  return answer;
}

const content = (stop: StopReason, ...events: readonly object[]) => messageOf(taken(...events), stop).content;
const start = (index: number, content_block: object) => ({ type: "content_block_start", index, content_block });
const delta = (index: number, change: object) => ({ type: "content_block_delta", index, delta: change });
const json = (index: number, partial_json: string) => delta(index, { type: "input_json_delta", partial_json });
const toolUse = (index: number, input: unknown = {}) =>
  start(index, { type: "tool_use", id: `t${index}`, name: "bash", input });

test("a call's input is put together from its pieces", () => {
  expect(content("tool_use", toolUse(0), json(0, '{"comm'), json(0, 'and":"ls"}'))).toEqual([
    { type: "tool_call", id: "t0", name: "bash", input: { command: "ls" } },
  ]);
});

test("a call without pieces has the input it began with", () => {
  expect(content("tool_use", toolUse(0, { command: "ls" }), toolUse(1))).toMatchObject([
    { input: { command: "ls" } },
    { input: {} },
  ]);
});

test("pieces that come mixed go to their own blocks", () => {
  const events = [toolUse(0), toolUse(1), json(1, '{"b":'), json(0, '{"a":'), json(0, "1}"), json(1, "2}")];
  expect(content("tool_use", ...events)).toMatchObject([{ input: { a: 1 } }, { input: { b: 2 } }]);
});

test("D2 a whole call of an answer that did not stop for its tools is not runnable", () => {
  for (const stop of ["end_turn", "max_tokens", "refusal", "pause_turn", "context_exceeded"] as const) {
    expect(content(stop, toolUse(0), json(0, '{"command":"ls"}'))).toMatchObject([
      { input: {}, malformed: '{"command":"ls"}' },
    ]);
  }
});

test("thinking cut off before its signature is left out, thinking without text is kept", () => {
  const thinking = (index: number) => start(index, { type: "thinking", thinking: "", signature: "" });
  const events = [thinking(0), delta(0, { type: "signature_delta", signature: "sig" }), thinking(1)];
  expect(content("max_tokens", ...events, delta(1, { type: "thinking_delta", thinking: "half a th" }))).toEqual([
    { type: "thinking", text: "", signature: "sig" },
  ]);
});

test("blank text and blocks of unknown kinds are left out", () => {
  const events = [start(0, { type: "text", text: " \n" }), start(1, { type: "hologram" }), json(1, "{}")];
  expect(content("end_turn", ...events, { type: "hologram_event" })).toEqual([]);
});

test("later counts replace earlier ones, and a count left out keeps its value", () => {
  const usage = { input_tokens: 3, cache_read_input_tokens: 40, cache_creation_input_tokens: null, output_tokens: 1 };
  const begun = { type: "message_start", message: { id: "m", usage } };
  expect(taken(begun).usage).toEqual({ input: 3, cacheRead: 40, cacheWrite: 0, output: 1 });
  const ended = { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } };
  expect(taken(begun, ended).usage).toEqual({ input: 3, cacheRead: 40, cacheWrite: 0, output: 9 });
});
