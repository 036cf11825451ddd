import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { answerTo } from "../../../src/agent/loop.ts";
import { evolveConversation } from "../../../src/core/conversation/conversation-fold.ts";
import { drive, only, resultsOf } from "../../support/driven-loop.ts";
import { openLocalWorkspace, type LocalWorkspace } from "../../support/local-workspace.ts";
import { call, calls, fails, says, scriptedPort } from "../../support/scripted-port.ts";

let workspace: LocalWorkspace;
beforeAll(async () => {
  workspace = await openLocalWorkspace({ "a.txt": "one\ntwo\n", "b.txt": "three\n" });
});
afterAll(() => workspace.close());

const submit = calls(call("s", "submit", { summary: "Done." }));
const types = (facts: readonly RunEvent[]): string[] => facts.map(({ type }) => type);

describe("a plain run", () => {
  test("is request, answer, call, result, checkpoint, and again, until submit", async () => {
    const model = scriptedPort(calls(call("w", "write", { path: "c.txt", content: "c" })), submit);
    const { facts, end } = await drive({ model, workspace });
    expect(types(facts)).toEqual([
      "model.requested",
      "model.responded",
      "tool.called",
      "tool.returned",
      "checkpoint.saved",
      "model.requested",
      "model.responded",
    ]);
    expect(end).toEqual({ kind: "submitted", callId: "s", input: { summary: "Done.", left_failing: [] } });
  });

  test("turns are numbered from 1 and the fact of the request comes before the call to the model", async () => {
    const seen: string[] = [];
    const model = scriptedPort(() => {
      seen.push("asked");
      return submit;
    });
    await drive({ model, workspace, onFact: (fact) => seen.push(`${fact.type} ${"turn" in fact ? fact.turn : ""}`) });
    expect(seen).toEqual(["model.requested 1", "asked", "model.responded 1"]);
  });

  test("each request extends the one before, block by block", async () => {
    const model = scriptedPort(
      calls(call("r1", "read", { path: "a.txt" }), call("r2", "read", { path: "b.txt" })),
      says("Let me think."),
      calls(call("r3", "read", { path: "nowhere" })),
      submit,
    );
    await drive({ model, workspace });
    const blocks = model.requests.map(({ messages }) =>
      messages.flatMap(({ role, content }) => content.map((block) => `${role}${JSON.stringify(block)}`)),
    );
    expect(blocks).toHaveLength(4);
    for (const [place, earlier] of blocks.entries()) {
      expect(blocks[place + 1]?.slice(0, earlier.length) ?? earlier).toEqual(earlier);
    }
    const fixed = model.requests.map(({ system, tools }) => JSON.stringify({ system, tools }));
    expect(new Set(fixed).size).toBe(1);
  });

  test("reading calls of one answer run side by side, their results in the order of the calls", async () => {
    const running = { now: 0, most: 0 };
    const slow = {
      ...workspace,
      readFile: async (...args: Parameters<LocalWorkspace["readFile"]>) => {
        running.now += 1;
        running.most = Math.max(running.most, running.now);
        await new Promise((resolve) => setTimeout(resolve, args[0] === "a.txt" ? 30 : 5));
        running.now -= 1;
        return workspace.readFile(...args);
      },
    };
    const model = scriptedPort(
      calls(call("1", "read", { path: "a.txt" }), call("2", "read", { path: "b.txt" })),
      submit,
    );
    const { facts } = await drive({ model, workspace: slow });
    expect(running.most).toBe(2);
    expect(only(facts, "tool.returned").map(({ callId }) => callId)).toEqual(["1", "2"]);
  });

  test("a read after a write in the same answer sees what was written", async () => {
    const model = scriptedPort(
      calls(call("w", "write", { path: "d.txt", content: "fresh" }), call("r", "read", { path: "d.txt" })),
      submit,
    );
    const { facts } = await drive({ model, workspace });
    expect(resultsOf(facts)["r"]).toBe("1\tfresh");
  });

  test("the facts of a tool come before its result", async () => {
    const items = [{ id: "1", text: "look", status: "in_progress" }];
    const { facts } = await drive({ model: scriptedPort(calls(call("t", "todo", { items })), submit), workspace });
    expect(types(facts).slice(2, 5)).toEqual(["tool.called", "todo.updated", "tool.returned"]);
  });
});

describe("ends", () => {
  test("ask ends the loop with its questions, and the answer of a person is its result", async () => {
    const model = scriptedPort(calls(call("q", "ask", { questions: ["Which one?"] })), submit);
    const first = await drive({ model, workspace });
    expect(first.end).toEqual({ kind: "asked", callId: "q", questions: ["Which one?"] });
    const answer = answerTo(first.conversation, "The second.");
    expect(answer).toMatchObject({ callId: "q", content: "The second." });
    const next = await drive({ model, workspace, history: answer === null ? [] : [...first.facts, answer] });
    expect(next.end?.kind).toBe("submitted");
    expect(model.requests[1]?.messages.at(-1)?.content[0]).toMatchObject({
      type: "tool_result",
      content: "The second.",
    });
  });

  test("after a crash behind submit the loop ends the same way without asking the model again", async () => {
    const model = scriptedPort(submit);
    const first = await drive({ model, workspace });
    const second = await drive({ model, workspace, history: first.facts });
    expect(second.end).toEqual(first.end);
    expect(model.requests).toHaveLength(1);
  });

  test("the result of submit can be that the tests failed, and the work goes on in the same conversation", async () => {
    const model = scriptedPort(submit, calls(call("s2", "submit", { summary: "Better." })));
    const first = await drive({ model, workspace });
    const feedback = answerTo(first.conversation, "The tests failed.");
    expect(feedback).not.toBeNull();
    const conversation = feedback === null ? first.conversation : evolveConversation(first.conversation, feedback);
    expect(conversation.pending).toEqual([]);
    const second = await drive({ model, workspace, history: feedback === null ? [] : [...first.facts, feedback] });
    expect(second.end).toMatchObject({ kind: "submitted", callId: "s2" });
  });

  test("submit beside a call that failed is not accepted; beside calls that worked it is, after them", async () => {
    const failing = scriptedPort(
      calls(call("r", "read", { path: "nowhere" }), call("s", "submit", { summary: "x" })),
      submit,
    );
    const one = await drive({ model: failing, workspace });
    expect(resultsOf(one.facts)["s"]).toContain("not_accepted");
    expect(failing.requests).toHaveLength(2);
    const working = scriptedPort(
      calls(call("s", "submit", { summary: "x" }), call("w", "write", { path: "e.txt", content: "e" })),
    );
    const two = await drive({ model: working, workspace });
    expect(two.end).toMatchObject({ kind: "submitted", callId: "s" });
    expect(types(two.facts).slice(-2)).toEqual(["tool.returned", "checkpoint.saved"]);
  });

  test("of submit and ask in one answer the first counts", async () => {
    const both = calls(call("q", "ask", { questions: ["?"] }), call("s", "submit", { summary: "x" }));
    const { end, facts } = await drive({ model: scriptedPort(both), workspace });
    // The second was refused, so the first stands beside a failed call only from now on: it still counts.
    expect(end).toMatchObject({ kind: "asked", callId: "q" });
    expect(resultsOf(facts)["s"]).toContain("not_accepted");
  });

  test("a submit that breaks the schema is answered with the schema and what was wrong", async () => {
    const model = scriptedPort(calls(call("bad", "submit", { text: "x" })), submit);
    const { facts, end } = await drive({ model, workspace });
    expect(resultsOf(facts)["bad"]).toContain('"additionalProperties":false');
    expect(resultsOf(facts)["bad"]).toContain("summary: ");
    expect(end?.kind).toBe("submitted");
  });

  test("a signal stops the loop, and a command that was running leaves its call open", async () => {
    const controller = new AbortController();
    const model = scriptedPort(calls(call("b", "bash", { command: "sleep 20" })));
    const stopAt = (fact: RunEvent): void => {
      if (fact.type === "tool.called") setTimeout(() => controller.abort(), 50);
    };
    const { end, conversation } = await drive({ model, workspace, signal: controller.signal, onFact: stopAt });
    expect(end).toEqual({ kind: "stopped" });
    expect(conversation.pending.map(({ id }) => id)).toEqual(["b"]);
  });

  test("a signal during a model call leaves a failed call, so that its reservation can be settled", async () => {
    const controller = new AbortController();
    const model = scriptedPort(() => {
      controller.abort();
      return fails("cancelled");
    });
    const { end, facts, conversation } = await drive({ model, workspace, signal: controller.signal });
    expect(end).toEqual({ kind: "stopped" });
    expect(types(facts)).toEqual(["model.requested", "model.failed"]);
    expect(conversation.failures).toBe(0);
  });
});
