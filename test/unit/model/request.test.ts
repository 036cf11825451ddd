import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AssistantMessage, Message, UserMessage } from "../../../src/core/messages.ts";
import { buildBody, buildParams } from "../../../src/model/request.ts";
import { asking, user } from "../../support/scripted-model/conversation.ts";
import { WireRequest, signatureOf, stem, withoutMarks } from "../../support/scripted-model/request.ts";
import { faultIn } from "../../support/scripted-model/rules.ts";

const bytes = (messages: readonly Message[]): string => JSON.stringify(buildParams(asking(messages)));

const words = fc.string({ unit: "grapheme", maxLength: 30 });

/** What a turn of the model may hold, blank texts and half-read calls included. */
const answer = fc.record({
  said: words,
  thought: words,
  inputs: fc.array(fc.dictionary(words, words), { maxLength: 4 }),
});

const turnOf = (
  turn: number,
  { said, thought, inputs }: { said: string; thought: string; inputs: Record<string, string>[] },
) => {
  const message: AssistantMessage = {
    role: "assistant",
    content: [
      { type: "thinking", text: thought, signature: signatureOf(thought) },
      { type: "text", text: said },
      ...inputs.map((input, at) => ({ type: "tool_call" as const, id: `call_${turn}_${at}`, name: "bash", input })),
    ],
  };
  const results: UserMessage = {
    role: "user",
    content: inputs.map((_, at) => ({
      type: "tool_result",
      callId: `call_${turn}_${at}`,
      content: said,
      isError: at % 2 === 1,
    })),
  };
  return [message, inputs.length > 0 ? results : user(said)];
};

const conversation = fc
  .tuple(words, fc.array(answer, { maxLength: 6 }))
  .map(([task, answers]): Message[] => [user(task), ...answers.flatMap((each, turn) => turnOf(turn, each))]);

describe("any conversation", () => {
  test("D13 gives a request that the vendor's rules let through", () => {
    fc.assert(
      fc.property(conversation, (messages) => {
        expect(faultIn(WireRequest.parse(JSON.parse(bytes(messages))), () => false)).toBeNull();
      }),
    );
  });

  test("gives requests of which each extends the one before, cache marks aside", () => {
    fc.assert(
      fc.property(conversation, (messages) => {
        for (let end = 3; end <= messages.length; end += 2) {
          const before = stem(bytes(messages.slice(0, end - 2)));
          expect(withoutMarks(bytes(messages.slice(0, end))).startsWith(`${before},`)).toBe(true);
        }
      }),
    );
  });
});

describe("the bytes that are sent", () => {
  const sent = (messages: readonly Message[]): string => Buffer.from(buildBody(asking(messages))).toString();

  test("are the JSON of the parameters, however often a message was sent before, with a mark or without", () => {
    fc.assert(
      fc.property(conversation, (messages) => {
        for (let end = 1; end <= messages.length; end += 2) {
          const asked = messages.slice(0, end);
          expect(sent(asked)).toBe(bytes(asked));
        }
        expect(sent(messages)).toBe(bytes(messages));
      }),
    );
  });
});

describe("cache marks", () => {
  const marks = (params: unknown): number => JSON.stringify(params).split('"cache_control"').length - 1;
  const long = [
    user("task"),
    ...[1, 2, 3].flatMap((n) => [{ role: "assistant" as const, content: user(`a${n}`).content }, user(`q${n}`)]),
  ];

  test("stand at the end of the system text, of the task, of the previous turn and of this one", () => {
    const params = buildParams(asking(long as Message[]));
    expect(params.system).toMatchObject([{ cache_control: { type: "ephemeral" } }]);
    expect(params.messages.map(marks)).toEqual([1, 0, 0, 0, 1, 0, 1]);
    expect(marks(params)).toBe(4);
  });

  test("stand at the last tool when there is no system text", () => {
    const tools = ["read", "bash"].map((name) => ({ name, description: name, schema: { type: "object" } }));
    const params = buildParams(asking([user("task")], { system: "", tools }));
    expect(params).not.toHaveProperty("system");
    expect(params.tools?.map(marks)).toEqual([0, 1]);
  });
});

describe("thinking and effort", () => {
  test.for([
    "claude-opus-5-5",
    "claude-sonnet-5-5",
    "claude-haiku-5-5",
    "claude-opus-4-6",
    "claude-sonnet-4-6",
    "claude-opus-4-8",
  ])("%s is asked for adaptive thinking with the effort", (model) => {
    const params = buildParams(asking([user("task")], { model, effort: "high" }));
    expect(params).toMatchObject({ thinking: { type: "adaptive" }, output_config: { effort: "high" } });
  });

  test.for([
    "claude-haiku-4-5-20251001",
    "claude-haiku-4-5",
    "claude-opus-4-5",
    "claude-sonnet-4-5-20250929",
    "claude-opus-4-1",
    "claude-sonnet-4-20250514",
    "claude-3-5-haiku-20241022",
  ])("%s, which knows neither, is asked without", (model) => {
    const params = buildParams(asking([user("task")], { model }));
    expect(Object.keys(params)).not.toEqual(expect.arrayContaining(["thinking"]));
    expect(Object.keys(params)).not.toEqual(expect.arrayContaining(["output_config"]));
  });
});
