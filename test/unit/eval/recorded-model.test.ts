import { describe, expect, test } from "vitest";
import type { Message } from "../../../src/core/messages.ts";
import { createRecordedModel } from "../../../src/eval/recorded-model.ts";
import type { Model, ModelOutcome } from "../../../src/ports/model.ts";
import { asked, calls, never, price, scripted, user } from "./asked.ts";

const modelOf = (roles: unknown): Model => createRecordedModel({ script: scripted(roles), name: "s.yml", price });

function answered(outcome: ModelOutcome): Extract<ModelOutcome, { kind: "answered" }> {
  if (outcome.kind === "failed") expect.fail(outcome.detail);
  return outcome;
}

const toolsIn = (outcome: ModelOutcome): string[] =>
  answered(outcome).message.content.flatMap((block) => (block.type === "tool_call" ? [block.name] : []));

const PLANNER = "You plan a change.";

describe("the answer", () => {
  test("is told by role and by the number of answers before it, whoever asks and how often", async () => {
    const model = modelOf({ planner: [calls("read", "grep"), calls("submit")], executor: [calls("bash")] });
    const first = asked(PLANNER, [user("task")]);
    const before: Message[] = [user("task"), { role: "assistant", content: [] }, user("more")];
    expect(toolsIn(await model.respond(asked(PLANNER, before), never))).toEqual(["submit"]);
    expect(toolsIn(await model.respond(first, never))).toEqual(["read", "grep"]);
    expect(toolsIn(await model.respond(first, never))).toEqual(["read", "grep"]);
    expect(toolsIn(await model.respond(asked("You carry out a plan.", [user("x")]), never))).toEqual(["bash"]);
  });

  test("comes from the first variant that fits system text, task and model", async () => {
    const model = modelOf({
      planner: [
        { when: { system_includes: "brief", task_includes: "urgent" }, answers: [calls("a")] },
        { when: { model: "claude-opus-5" }, answers: [calls("b")] },
        { answers: [calls("c")] },
      ],
    });
    const ask = async (system: string, task: string, id?: string) =>
      toolsIn(await model.respond(asked(system, [user(task)], id), never));
    expect(await ask(`${PLANNER} Be brief.`, "an urgent thing")).toEqual(["a"]);
    expect(await ask(`${PLANNER} Be brief.`, "a thing")).toEqual(["c"]);
    expect(await ask(PLANNER, "a thing", "claude-opus-5")).toEqual(["b"]);
  });

  test("of a router or reviewer that the script does not name lets the run go on", async () => {
    const model = modelOf({});
    const router = answered(await model.respond(asked("You sort issues.", [user("x")]), never));
    expect(router.message.content).toMatchObject([
      { name: "submit", input: { kind: "bug", difficulty: "medium", explore: [] } },
    ]);
    expect(toolsIn(await model.respond(asked("You review it.", [user("x")]), never))).toEqual(["submit"]);
  });

  test("says that it is recorded", async () => {
    const model = modelOf({ planner: [{ thinking: "hm", text: "so", ...calls("submit") }] });
    const { requestId, message, stopReason } = answered(await model.respond(asked(PLANNER, [user("x")]), never));
    expect(requestId).toMatch(/^recorded/);
    expect(message.content.map(({ type }) => type)).toEqual(["thinking", "text", "tool_call"]);
    expect(stopReason).toBe("tool_use");
  });

  test.each([
    ["too few answers", PLANNER, 2, "recorded script s.yml has 1 answer(s) for planner; number 3 was asked for"],
    ["no such role", "You carry out it.", 0, "recorded script s.yml has nothing for executor that fits this request"],
    [
      "an unknown text",
      "Do it.",
      0,
      'recorded script s.yml has nothing for the system text "Do it." that fits this request',
    ],
  ])("with %s is a failure that names the script", async (_, system, before, detail) => {
    const model = modelOf({ planner: [calls("submit")] });
    const messages = Array.from({ length: before }, (): Message[] => [user("x"), { role: "assistant", content: [] }]);
    const outcome = await model.respond(asked(system, [...messages.flat(), user("x")]), never);
    expect(outcome).toMatchObject({ kind: "failed", failure: "bad_request", detail, billed: null });
  });
});

describe("the tokens", () => {
  const model = modelOf({ planner: [calls("read"), calls("read"), calls("submit")] });
  const usage = async (messages: readonly Message[], id?: string) =>
    answered(await model.respond(asked(PLANNER, messages, id), never)).usage;
  const [one, two, three] = [
    user("a".repeat(400)),
    { role: "assistant", content: [] } as Message,
    user("b".repeat(400)),
  ];

  test("are written at first, read where a request extends another, and written again for another model", async () => {
    const first = await usage([one]);
    expect(first).toMatchObject({ cacheRead: 0, input: 0 });
    expect(first.cacheWrite).toBeGreaterThan(100);
    const second = await usage([one, two, three]);
    expect(second.cacheRead).toBe(first.cacheWrite);
    expect(second.cacheWrite).toBeGreaterThan(100);
    expect((await usage([one, two, three], "claude-opus-5")).cacheRead).toBe(0);
    expect((await usage([three, two, one])).cacheRead).toBeLessThan(first.cacheWrite - 100);
  });
});
