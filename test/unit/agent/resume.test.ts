import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { JourneymanError } from "../../../src/core/errors.ts";
import { drive, only, resultsOf } from "../../support/driven-loop.ts";
import { openLocalWorkspace, type LocalWorkspace } from "../../support/local-workspace.ts";
import { call, calls, says, scriptedPort } from "../../support/scripted-port.ts";

let workspace: LocalWorkspace;
beforeEach(async () => {
  workspace = await openLocalWorkspace({ "a.txt": "one\n" });
});
afterEach(() => workspace.close());

const submit = calls(call("s", "submit", { summary: "Done." }));
const mixed = calls(
  call("r", "read", { path: "a.txt" }),
  call("b", "bash", { command: "echo x >> log" }),
  call("w", "write", { path: "c.txt", content: "c" }),
);

/** The facts of a whole run, cut after the n-th one that fits. */
async function cutAfter(lines: Parameters<typeof scriptedPort>, at: (fact: RunEvent) => boolean): Promise<RunEvent[]> {
  const { facts } = await drive({ model: scriptedPort(...lines), workspace });
  const place = facts.findIndex(at);
  expect(place).toBeGreaterThan(-1);
  return facts.slice(0, place + 1);
}

describe("D12 an interrupted call is not run blindly again", () => {
  test("a command that had begun is answered as cut off, with the turn the workspace stands at; reads are read again", async () => {
    const history = await cutAfter([mixed, submit], (fact) => fact.type === "tool.called" && fact.callId === "b");
    const model = scriptedPort(submit);
    const { facts, end } = await drive({ model, workspace, history });
    const resumed = facts.slice(history.length);
    expect(resultsOf(resumed)["b"]).toContain("cut off and has no effect");
    expect(resultsOf(resumed)["b"]).toContain("as it was at the start");
    expect(only(resumed, "tool.called").map(({ callId }) => callId)).toEqual([]);
    expect(only(resumed, "checkpoint.saved")).toHaveLength(1);
    expect(end?.kind).toBe("submitted");
    const last = model.requests[0]?.messages.at(-1)?.content ?? [];
    expect(last.map((block) => (block.type === "tool_result" ? block.callId : block.type))).toEqual([
      "r",
      "b",
      "w",
      "text",
    ]);
  });

  test("a call that was open but nothing had begun to write before it is simply run", async () => {
    const history = await cutAfter([mixed, submit], (fact) => fact.type === "model.responded");
    const { facts } = await drive({ model: scriptedPort(submit), workspace, history });
    expect(only(facts.slice(history.length), "tool.called").map(({ callId }) => callId)).toEqual(["r", "b", "w"]);
  });

  test("a read that had begun is run again", async () => {
    const reads = calls(call("r", "read", { path: "a.txt" }));
    const history = await cutAfter([reads, submit], (fact) => fact.type === "tool.called");
    const { facts } = await drive({ model: scriptedPort(submit), workspace, history });
    expect(resultsOf(facts.slice(history.length))["r"]).toBe("1\tone");
    expect(only(facts, "message.added")).toEqual([]);
  });

  test("work that returned but was not saved is reported as gone, once", async () => {
    const history = await cutAfter([mixed, submit], (fact) => fact.type === "tool.returned" && fact.callId === "w");
    const first = await drive({ model: scriptedPort(submit), workspace, history });
    expect(only(first.facts, "message.added").map(({ text }) => text)).toEqual([
      expect.stringContaining("as it was at the start: what your later calls changed is gone"),
    ]);
    const again = await drive({ model: scriptedPort(submit), workspace, history: first.facts });
    expect(only(again.facts, "message.added")).toHaveLength(1);
  });

  test("work that was saved is not reported as gone", async () => {
    const history = await cutAfter([mixed, submit], (fact) => fact.type === "checkpoint.saved");
    const { facts } = await drive({ model: scriptedPort(submit), workspace, history });
    expect(only(facts, "message.added")).toEqual([]);
  });

  test("a submit beside lost work is not accepted", async () => {
    const both = calls(call("w", "write", { path: "c.txt", content: "c" }), call("s", "submit", { summary: "x" }));
    const history = await cutAfter([both], (fact) => fact.type === "tool.returned");
    const model = scriptedPort(calls(call("s2", "submit", { summary: "x" })));
    const { facts, end } = await drive({ model, workspace, history });
    expect(resultsOf(facts)["s"]).toContain("interrupted");
    expect(end).toMatchObject({ callId: "s2" });
  });

  test("an answer that waits for its reply gets it after a restart", async () => {
    const history = await cutAfter([says("Done!"), submit], (fact) => fact.type === "model.responded");
    const model = scriptedPort(submit);
    await drive({ model, workspace, history });
    expect(JSON.stringify(model.requests[0]?.messages.at(-1))).toContain("called no tool");
  });

  test("a lost sandbox is thrown on, and its call stays open", async () => {
    const lost = {
      ...workspace,
      run: () => Promise.reject(new JourneymanError("sandbox_lost", { reason: "gone" })),
    };
    const { error, conversation } = await drive({ model: scriptedPort(mixed), workspace: lost });
    expect([error?.code, conversation.pending.map(({ id }) => id)]).toEqual(["sandbox_lost", ["b", "w"]]);
  });

  test("cut after any fact, the run still ends with every call answered once", async () => {
    const lines: Parameters<typeof scriptedPort> = [
      mixed,
      says("Hm."),
      calls(call("g", "bash", { command: "true" })),
      submit,
    ];
    const whole = await drive({ model: scriptedPort(...lines), workspace });
    for (let length = 0; length <= whole.facts.length; length += 1) {
      const history = whole.facts.slice(0, length);
      const answered = only(history, "model.responded").length;
      const rest = lines.slice(answered);
      const model = scriptedPort(rest[0] ?? submit, ...rest.slice(1));
      const { end, facts } = await drive({ model, workspace, history });
      expect(end).toMatchObject({ kind: "submitted", callId: "s" });
      const ids = only(facts, "tool.returned").map(({ callId }) => callId);
      expect(new Set(ids).size).toBe(ids.length);
      expect(only(facts, "model.responded")).toHaveLength(4);
    }
  });
});
