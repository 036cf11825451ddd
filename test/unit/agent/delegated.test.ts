import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Delegate } from "../../../src/agent/delegate.ts";
import { JourneymanError } from "../../../src/core/errors.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import type { ToolCall } from "../../../src/core/messages.ts";
import { drive, only, resultsOf } from "../../support/driven-loop.ts";
import { openLocalWorkspace, type LocalWorkspace } from "../../support/local-workspace.ts";
import { call, calls, scriptedPort } from "../../support/scripted-port.ts";

let workspace: LocalWorkspace;
beforeAll(async () => {
  workspace = await openLocalWorkspace({ "a.txt": "one\n" });
});
afterAll(() => workspace.close());

const submit = calls(call("s", "submit", { summary: "Done." }));
const task = (id: string, about: string, agent = "researcher"): ToolCall => call(id, "task", { agent, task: about });
const tick = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const note = (callId: string, text: string): RunEvent => ({
  type: "message.added",
  conversation: `task.${callId}`,
  text,
});

/** A helper that notes twice and answers with its task; `running` counts how many are at work at once. */
function helpers(ms = 5) {
  const running = { now: 0, most: 0 };
  const delegate: Delegate = async function* (given, wish) {
    running.now += 1;
    running.most = Math.max(running.most, running.now);
    yield note(given.id, "begun");
    await tick(ms);
    yield note(given.id, "ended");
    running.now -= 1;
    return { kind: "result", content: wish.kind === "task" ? `found: ${wish.task}` : wish.kind, isError: false };
  };
  return { running, delegate };
}

describe("a tool whose result others find out", () => {
  test("gets it from the driver, whose facts come between the call and its result", async () => {
    const { delegate } = helpers();
    const model = scriptedPort(calls(task("1", "where is sum?")), submit);
    const { facts } = await drive({ model, workspace, delegate });
    expect(facts.map(({ type }) => type).slice(2, 6)).toEqual([
      "tool.called",
      "message.added",
      "message.added",
      "tool.returned",
    ]);
    expect(resultsOf(facts)).toMatchObject({ "1": "found: where is sum?" });
  });

  test("is not available where nobody does it, and that is said", async () => {
    const { facts } = await drive({
      model: scriptedPort(calls(task("1", "x"), call("2", "consult", { question: "?" })), submit),
      workspace,
    });
    expect(Object.values(resultsOf(facts)).map((content) => content.includes("not_available"))).toEqual([true, true]);
  });

  test("readers run side by side and beside plain reads, four at most; results come in the order of the calls", async () => {
    const { running, delegate } = helpers();
    const ids = ["1", "2", "3", "4", "5", "6"];
    const wide = calls(call("r", "read", { path: "a.txt" }), ...ids.map((id) => task(id, id)));
    const { facts } = await drive({ model: scriptedPort(wide, submit), workspace, delegate });
    expect(running.most).toBe(4);
    expect(only(facts, "tool.returned").map(({ callId }) => callId)).toEqual(["r", ...ids]);
    expect(only(facts, "checkpoint.saved")).toEqual([]);
  });

  test("a test runner runs alone, and a checkpoint is saved after it", async () => {
    const { running, delegate } = helpers();
    const model = scriptedPort(
      calls(task("1", "a", "test_runner"), task("2", "b", "test_runner"), task("3", "c")),
      submit,
    );
    const { facts } = await drive({ model, workspace, delegate });
    expect(running.most).toBe(1);
    expect(only(facts, "tool.called").map(({ effect }) => effect)).toEqual(["command", "command", "none"]);
    expect(only(facts, "checkpoint.saved")).toHaveLength(1);
  });

  test("an interrupted reader is gone on with; an interrupted test runner is answered as cut off", async () => {
    for (const [agent, again] of [
      ["researcher", true],
      ["test_runner", false],
    ] as const) {
      const { delegate } = helpers();
      const stop = new AbortController();
      const first = await drive({
        model: scriptedPort(calls(task("1", "x", agent))),
        workspace,
        delegate,
        signal: stop.signal,
        onFact: (fact) => (fact.type === "message.added" ? stop.abort() : undefined),
      });
      expect(first.conversation.pending.map(({ id }) => id)).toEqual(["1"]);
      const second = await drive({ model: scriptedPort(submit), workspace, delegate, history: first.facts });
      expect(resultsOf(second.facts)["1"]).toContain(again ? "found: x" : "interrupted");
      expect(second.end?.kind).toBe("submitted");
    }
  });

  test("an interrupted reader is gone on with also when a command beside it is not", async () => {
    const { delegate } = helpers();
    const stop = new AbortController();
    const first = await drive({
      model: scriptedPort(calls(call("b", "bash", { command: "echo x > new.txt" }), task("1", "x"))),
      workspace,
      delegate,
      signal: stop.signal,
      onFact: (fact) => (fact.type === "message.added" ? stop.abort() : undefined),
    });
    const second = await drive({ model: scriptedPort(submit), workspace, delegate, history: first.facts });
    expect(resultsOf(second.facts)["1"]).toBe("found: x");
    expect(only(second.facts, "message.added").some(({ text }) => text.includes("interrupted"))).toBe(true);
  });

  test("stopped in the middle, no result is given", async () => {
    const stop = new AbortController();
    const delegate: Delegate = async function* (given, _, signal) {
      yield note(given.id, "begun");
      while (!signal.aborted) await tick(1);
      return { kind: "result", content: "half", isError: false };
    };
    const { end, facts } = await drive({
      model: scriptedPort(calls(task("1", "x"), task("2", "y"))),
      workspace,
      delegate,
      signal: stop.signal,
      onFact: (fact) => (fact.type === "message.added" ? stop.abort() : undefined),
    });
    expect([end?.kind, only(facts, "tool.returned")]).toEqual(["stopped", []]);
  });

  test("a fault that ends the run ends the helpers beside it", async () => {
    const ended: string[] = [];
    const delegate: Delegate = async function* (given, _, signal) {
      yield note(given.id, "begun");
      if (given.id === "1") throw new JourneymanError("budget_exhausted");
      while (!signal.aborted) await tick(1);
      ended.push(given.id);
      yield note(given.id, "settled");
      return { kind: "result", content: "", isError: false };
    };
    const model = scriptedPort(calls(task("1", "x"), task("2", "y")));
    const { error, facts } = await drive({ model, workspace, delegate });
    expect([error?.code, ended]).toEqual(["budget_exhausted", ["2"]]);
    expect(facts.at(-1)).toEqual(note("2", "settled"));
  });

  test("a long result is shortened like any other", async () => {
    const delegate: Delegate = async function* (given) {
      yield note(given.id, "begun");
      return { kind: "result", content: "x\n".repeat(20_000), isError: false };
    };
    const { facts } = await drive({ model: scriptedPort(calls(task("long", "x")), submit), workspace, delegate });
    expect(resultsOf(facts)["long"]).toContain("bytes left out here");
  });

  test("consult answers three times in a conversation; a failed one does not count", async () => {
    let asked = 0;
    const delegate: Delegate = async function* (given) {
      yield note(given.id, "begun");
      asked += 1;
      return { kind: "result", content: `answer ${asked}`, isError: asked === 1 };
    };
    const ask = (id: string) => call(id, "consult", { question: `${id}?` });
    const model = scriptedPort(calls(ask("1"), ask("2"), ask("3")), calls(ask("4"), ask("5")), submit);
    const { facts } = await drive({ model, workspace, delegate });
    const results = resultsOf(facts);
    expect([results["4"], asked]).toEqual(["answer 4", 4]);
    expect(JSON.parse(results["5"] ?? "")).toMatchObject({ error: "used_up" });
  });
});
