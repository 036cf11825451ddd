import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRedactor, redactEvent } from "../../../src/core/text/redact.ts";
import type { EventOf } from "../../../src/core/events.ts";
import type { ToolCall } from "../../../src/core/messages.ts";
import { drive, only, resultsOf } from "../../support/driven-loop.ts";
import { openLocalWorkspace, type LocalWorkspace } from "../../support/local-workspace.ts";
import { answers, call, calls, scriptedPort } from "../../support/scripted-port.ts";

const SECRET = "correct-horse-battery-staple-9000";
const redactor = createRedactor([SECRET]);
const submit = calls(call("s", "submit", { summary: "Done." }));

let workspace: LocalWorkspace;
beforeAll(async () => {
  workspace = await openLocalWorkspace({ "a.txt": "key=[redacted]\n" });
});
afterAll(() => workspace.close());

const answered = (...content: ToolCall[]): EventOf<"model.responded"> => ({
  type: "model.responded",
  conversation: "implement.1",
  turn: 1,
  message: { role: "assistant", content },
  stopReason: "tool_use",
  usage: { input: 1, cacheRead: 0, cacheWrite: 0, output: 1 },
  costMicroUsd: 1,
  requestId: "r",
  durationMs: 1,
});

/** The calls as they are in the journal. */
const recorded = (...content: ToolCall[]): ToolCall[] => {
  const fact = redactEvent(redactor, answered(...content));
  return fact.type === "model.responded" ? fact.message.content.filter((block) => block.type === "tool_call") : [];
};

describe("S43 a call whose arguments held a secret", () => {
  const leaking = call("w", "write", { path: "leak.txt", content: `key=${SECRET}\n` });

  test("is marked when it is recorded, and only such a one", () => {
    const innocent = call("r", "write", { path: "a.txt", content: "key=[redacted]" });
    expect(recorded(leaking, innocent).map(({ redacted }) => redacted)).toEqual([true, undefined]);
    expect(JSON.stringify(recorded(leaking))).not.toContain(SECRET);
  });

  test("stays marked when it is recorded again", () => {
    expect(recorded(...recorded(leaking))).toEqual(recorded(leaking));
  });

  test("is not run but answered with what was masked, and the mask is written nowhere", async () => {
    const model = scriptedPort(answers(recorded(leaking), "tool_use"), submit);
    const { facts, end } = await drive({ model, workspace });
    expect(only(facts, "tool.called")).toEqual([]);
    expect(JSON.parse(resultsOf(facts)["w"] ?? "")).toMatchObject({
      error: "secret_in_arguments",
      arguments: ["content"],
    });
    expect(await workspace.readFile("leak.txt", 10, new AbortController().signal)).toEqual({ kind: "missing" });
    expect(end?.kind).toBe("submitted");
  });

  test("that only names a mask, as a file that was read shows it, is run", async () => {
    const edit = call("e", "edit", { path: "a.txt", old: "key=[redacted]", new: "key=env" });
    const { facts } = await drive({ model: scriptedPort(answers(recorded(edit), "tool_use"), submit), workspace });
    expect(resultsOf(facts)["e"]).toBe("Edited a.txt: 1 place.");
  });

  test("is not accepted as the end of the work either", async () => {
    const ending = recorded(call("x", "submit", { summary: `The key is ${SECRET}` }));
    const { facts, end } = await drive({ model: scriptedPort(answers(ending, "tool_use"), submit), workspace });
    expect(resultsOf(facts)["x"]).toContain("secret_in_arguments");
    expect(end).toMatchObject({ kind: "submitted", callId: "s" });
  });
});
