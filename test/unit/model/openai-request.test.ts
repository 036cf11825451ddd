import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AssistantMessage, Message, ModelRequest, UserMessage } from "../../../src/core/messages.ts";
import { buildChat } from "../../../src/model/openai-chat-request.ts";
import { buildResponse } from "../../../src/model/openai-responses-request.ts";
import { signatureOf } from "../../../src/model/openai-thoughts.ts";
import { buildParams } from "../../../src/model/request.ts";
import { asking, user } from "../../support/scripted-model/conversation.ts";
import { signatureOf as proofOf, stem } from "../../support/scripted-model/request.ts";
import { OPENAI_CHAT, OPENAI_RESPONSES } from "../../support/scripted-openai/dialect.ts";
import type { IncomingMessage } from "node:http";

const MODEL = { model: "openai/gpt-5.5" };
const WIRES = [
  ["responses", (request: ModelRequest) => JSON.stringify(buildResponse(request)), OPENAI_RESPONSES],
  ["chat", (request: ModelRequest) => JSON.stringify(buildChat(request)), OPENAI_CHAT],
] as const;

const words = fc.string({ unit: "grapheme", maxLength: 30 });
const inputs = fc.array(fc.dictionary(words, words), { maxLength: 4 });
const answer = fc.record({ said: words, thought: words, foreign: fc.boolean(), inputs });

const thoughtOf = (text: string, id: string): string =>
  signatureOf({
    type: "reasoning",
    id: `rs_${id}`,
    summary: [{ type: "summary_text", text }],
    encrypted_content: proofOf(text),
  });

const turnOf = (
  turn: number,
  { said, thought, foreign, inputs: wanted }: typeof answer extends fc.Arbitrary<infer T> ? T : never,
) => {
  const message: AssistantMessage = {
    role: "assistant",
    content: [
      { type: "thinking", text: thought, signature: foreign ? proofOf(thought) : thoughtOf(thought, String(turn)) },
      { type: "text", text: said },
      ...wanted.map((input, at) => ({ type: "tool_call" as const, id: `call_${turn}_${at}`, name: "bash", input })),
    ],
  };
  const results: UserMessage = {
    role: "user",
    content: wanted.map((_, at) => ({
      type: "tool_result",
      callId: `call_${turn}_${at}`,
      content: said,
      isError: at % 2 === 1,
    })),
  };
  return [message, wanted.length > 0 ? results : user(said)];
};

const conversation = fc
  .tuple(words, fc.array(answer, { maxLength: 6 }))
  .map(([task, answers]): Message[] => [user(task), ...answers.flatMap((each, turn) => turnOf(turn, each))]);

describe.each(WIRES)("any conversation over %s", (_, bytes, dialect) => {
  test("D13 gives a request that the vendor's rules let through, thoughts of others or none", () => {
    fc.assert(
      fc.property(conversation, (messages) => {
        const read = dialect.read({ headers: {} } as IncomingMessage, bytes(asking(messages, MODEL)), () => false);
        expect(read).toMatchObject({ kind: "request", request: { model: "gpt-5.5" } });
      }),
    );
  });

  test("gives requests of which each extends the one before, byte for byte", () => {
    fc.assert(
      fc.property(conversation, (messages) => {
        for (let end = 3; end <= messages.length; end += 2) {
          const before = stem(bytes(asking(messages.slice(0, end - 2), MODEL)));
          expect(bytes(asking(messages.slice(0, end), MODEL)).startsWith(`${before},`)).toBe(true);
        }
      }),
    );
  });
});

test("each vendor gets its own thoughts only, as they came", () => {
  const ours = thoughtOf("ours", "1");
  const mixed: Message[] = [
    user("task"),
    {
      role: "assistant",
      content: [
        { type: "thinking", text: "ours", signature: ours },
        { type: "thinking", text: "theirs", signature: "c2ln" },
        { type: "thinking", text: "", signature: "b3BhcXVl", redacted: true },
        { type: "text", text: "said" },
      ],
    },
    user("go on"),
  ];
  const [responses, chat, anthropic] = [buildResponse, buildChat, buildParams].map((build) =>
    JSON.stringify(build(asking(mixed))),
  );
  expect(responses).toContain(ours.slice("openai:".length));
  for (const wire of [responses, chat])
    for (const theirs of ["theirs", "c2ln", "b3BhcXVl"]) expect(wire).not.toContain(theirs);
  expect(chat).not.toContain("rs_1");
  for (const kept of ["theirs", "c2ln", "b3BhcXVl"]) expect(anthropic).toContain(kept);
  expect(anthropic).not.toContain("rs_1");
});

test.each([
  ["gpt-5.5", true, "max_completion_tokens"],
  ["o4-mini", true, "max_completion_tokens"],
  ["gpt-5.3-chat-latest", false, "max_completion_tokens"],
  ["gpt-4.1", false, "max_completion_tokens"],
  ["meta-llama/llama-4", false, "max_tokens"],
  ["qwen3:32b", false, "max_tokens"],
])("%s is asked for an effort: %s, and bounded by %s", (model, reasons, bound) => {
  const request = asking([user("task")], { model, effort: "high" });
  expect(buildResponse(request).reasoning).toEqual(reasons ? { effort: "high" } : undefined);
  expect(buildResponse(request).include).toEqual(reasons ? ["reasoning.encrypted_content"] : undefined);
  expect(buildChat(request)).toMatchObject({ [bound]: 4096 });
  expect("reasoning_effort" in buildChat(request)).toBe(reasons);
});

test("nothing is stored at the vendor", () => {
  for (const build of [buildResponse, buildChat]) expect(build(asking([user("task")])).store).toBe(false);
});
