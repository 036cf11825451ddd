import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EXECUTOR_TOOLS } from "../../../src/agent/toolsets.ts";
import { drive, only, resultsOf } from "../../support/driven-loop.ts";
import { openLocalWorkspace, type LocalWorkspace } from "../../support/local-workspace.ts";
import { answers, call, calls, says, scriptedPort } from "../../support/scripted-port.ts";

let workspace: LocalWorkspace;
beforeAll(async () => {
  workspace = await openLocalWorkspace({ "a.txt": "one\ntwo\n" });
});
afterAll(() => workspace.close());

const submit = calls(call("s", "submit", { summary: "Done." }));

describe("states of their own: one scripted reply each, and a limit", () => {
  const lastText = (model: ReturnType<typeof scriptedPort>, request: number): string => {
    const block = model.requests[request]?.messages.at(-1)?.content.at(-1);
    return block?.type === "text" ? block.text : "";
  };

  test("text without a call is reminded of submit twice, then ends without submit", async () => {
    const model = scriptedPort(says("All done."));
    const { end, error } = await drive({ model, workspace });
    expect([end, error]).toEqual([{ kind: "ended_without_submit", text: "All done." }, null]);
    expect(model.requests).toHaveLength(3);
    expect(lastText(model, 1)).toContain("call submit");
  });

  test("an empty answer is told so, and the third in a row ends the run", async () => {
    const model = scriptedPort(says(""));
    const { error } = await drive({ model, workspace });
    expect([error?.code, error?.details["reason"]]).toEqual(["model_unusable", "empty"]);
    expect(model.requests).toHaveLength(3);
    expect(lastText(model, 1)).toContain("empty");
    const recovered = await drive({ model: scriptedPort(says(""), submit), workspace });
    expect(recovered.end?.kind).toBe("submitted");
  });

  test("text cut by max_tokens is continued once, with the doubled bound, then ends the run", async () => {
    const model = scriptedPort(says("I will now", "max_tokens"), submit);
    const { end } = await drive({ model, workspace });
    expect(end?.kind).toBe("submitted");
    expect(model.requests.map(({ maxOutputTokens }) => maxOutputTokens)).toEqual([8_000, 16_000]);
    expect(lastText(model, 1)).toContain("cut off");
    const twice = scriptedPort(says("I will now", "max_tokens"));
    const { error } = await drive({ model: twice, workspace });
    expect([error?.code, twice.requests.length]).toEqual(["model_unusable", 2]);
  });

  test("D2 a tool call cut by max_tokens is not run, is shown what came, and the bound is doubled once", async () => {
    const cut = answers([call("w", "write", { path: "cut.txt", content: "half a f" })], "max_tokens");
    const model = scriptedPort(cut, submit);
    const { facts } = await drive({ model, workspace });
    expect(only(facts, "tool.called")).toEqual([]);
    expect(resultsOf(facts)["w"]).toContain("half a f");
    expect(model.requests.map(({ maxOutputTokens }) => maxOutputTokens)).toEqual([8_000, 16_000]);
    expect(await workspace.readFile("cut.txt", 10, new AbortController().signal)).toEqual({ kind: "missing" });
  });

  test("D2 a whole-looking call under any stop reason but tool_use is not run", async () => {
    for (const stop of ["end_turn", "pause_turn"] as const) {
      const model = scriptedPort(answers([call("b", "bash", { command: "touch ran" })], stop), submit);
      const { facts } = await drive({ model, workspace });
      expect(only(facts, "tool.called")).toEqual([]);
      expect(resultsOf(facts)["b"]).toContain("cut_off");
    }
  });

  test("pause_turn is continued with the same messages, five times in a row at most", async () => {
    const model = scriptedPort(says("Part one,", "pause_turn"), submit);
    const { end } = await drive({ model, workspace });
    expect(end?.kind).toBe("submitted");
    expect(model.requests[1]?.messages.at(-1)).toEqual({
      role: "assistant",
      content: [{ type: "text", text: "Part one," }],
    });
    const endless = scriptedPort(says("and", "pause_turn"));
    const { error } = await drive({ model: endless, workspace });
    expect([error?.code, endless.requests.length]).toEqual(["model_unusable", 6]);
  });

  test("a refusal ends the run at once and is never softened or repeated", async () => {
    const model = scriptedPort(says("I cannot help.", "refusal"));
    const { error } = await drive({ model, workspace });
    expect([error?.code, error?.details["stage"], model.requests.length]).toEqual(["model_refused", "implement", 1]);
  });

  test("an answer that no longer fits the window ends the run with the count of tokens", async () => {
    const { error } = await drive({ model: scriptedPort(says("", "context_exceeded")), workspace });
    expect(error?.code).toBe("context_exceeded");
    expect(Number(error?.details["tokens"])).toBeGreaterThan(1_000);
  });

  test("malformed JSON is answered with what came, and nothing is run", async () => {
    const broken = { ...call("m", "bash"), malformed: '{"command": "rm -rf b' };
    const { facts } = await drive({ model: scriptedPort(calls(broken), submit), workspace });
    expect(only(facts, "tool.called")).toEqual([]);
    expect(JSON.parse(resultsOf(facts)["m"] ?? "")).toMatchObject({
      error: "malformed_arguments",
      received: '{"command": "rm -rf b',
    });
  });

  test("an undeclared tool is answered with the list of tools", async () => {
    const { facts } = await drive({ model: scriptedPort(calls(call("u", "approve_plan")), submit), workspace });
    expect(resultsOf(facts)["u"]).toContain(EXECUTOR_TOOLS.map(({ name }) => name).join(", "));
  });

  test.each([
    ["a missing field", {}],
    ["a wrong type", { path: 7 }],
    ["a field too many", { path: "a.txt", encoding: "utf-8" }],
    ["a value out of bounds", { path: "a.txt", offset: 0 }],
  ])("arguments with %s are answered with the schema, and nothing is run", async (_, input) => {
    const { facts, end } = await drive({ model: scriptedPort(calls(call("x", "read", input)), submit), workspace });
    const result = JSON.parse(resultsOf(facts)["x"] ?? "") as { error: string; problems: string[]; schema: object };
    expect(result.error).toBe("bad_arguments");
    expect(result.problems).toHaveLength(1);
    expect(result.schema).toMatchObject({ type: "object", additionalProperties: false });
    expect(only(facts, "tool.called")).toEqual([]);
    expect(end?.kind).toBe("submitted");
  });
});
