import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { keptPath } from "../../../src/tools/shorten.ts";
import { drive, only, resultsOf } from "../../support/driven-loop.ts";
import { openLocalWorkspace, type LocalWorkspace } from "../../support/local-workspace.ts";
import { call, calls, callsForEver, scriptedPort, type Line } from "../../support/scripted-port.ts";

let workspace: LocalWorkspace;
beforeAll(async () => {
  workspace = await openLocalWorkspace({ "a.txt": "one\n" });
});
afterAll(async () => {
  await workspace.close();
  for (let count = 1; count <= 20; count += 1) await rm(keptPath(`long_${count}`), { force: true });
});

const submit = calls(call("s", "submit", { summary: "Done." }));
const times = (count: number, line: Line): Line[] => Array.from({ length: count }, () => line);

describe("S90 a model that goes round in circles", () => {
  test("the same failing call is nudged from the third time on, and the fifth is for a person to look at", async () => {
    const model = scriptedPort(callsForEver("read", { path: "nowhere" }));
    const { error, facts } = await drive({ model, workspace });
    expect([error?.code, error?.details]).toEqual(["call_keeps_failing", { tool: "read", count: 5 }]);
    expect(error?.class).toBe("wait");
    expect(model.requests).toHaveLength(5);
    const nudged = only(facts, "tool.returned").map(({ content }) => content.includes("[You have made this very call"));
    expect(nudged).toEqual([false, false, true, true, true]);
  });

  test("each time a person lets it go on it has five more, and the twentieth ends it", async () => {
    let history: RunEvent[] = [];
    const ends: unknown[] = [];
    for (let time = 1; time <= 4; time += 1) {
      const model = scriptedPort(callsForEver("read", { path: "nowhere" }, `time${time}`));
      const { error, facts } = await drive({ model, workspace, history });
      ends.push([error?.code, error?.details["count"], model.requests.length]);
      history = facts;
    }
    expect(ends).toEqual([
      ["call_keeps_failing", 5, 5],
      ["call_keeps_failing", 10, 5],
      ["call_keeps_failing", 15, 5],
      ["loop_detected", 20, 5],
    ]);
  });

  test("what the last of them left in the workspace is saved before the work waits", async () => {
    const model = scriptedPort(callsForEver("bash", { command: "echo x > left.txt; exit 1" }));
    const { error, facts, conversation } = await drive({ model, workspace });
    expect(error?.code).toBe("call_keeps_failing");
    expect(only(facts, "checkpoint.saved").at(-1)?.turn).toBe(5);
    expect(conversation.unsaved).toEqual([]);
  });

  test("any same call with the same result is warned at the fifth time and stopped at the twentieth", async () => {
    const model = scriptedPort(callsForEver("read", { path: "a.txt" }));
    const { error, facts } = await drive({ model, workspace });
    expect([error?.code, error?.details]).toEqual(["loop_detected", { tool: "read", count: 20 }]);
    expect(model.requests).toHaveLength(20);
    const warned = only(facts, "tool.returned").flatMap(({ content }, place) =>
      content.includes("5 times with the very same result") ? [place + 1] : [],
    );
    expect(warned).toContain(5);
    expect(warned[0]).toBe(5);
  });

  test("a run that goes on after the warning goes on", async () => {
    const again = callsForEver("read", { path: "a.txt" });
    const { end } = await drive({ model: scriptedPort(again, again, again, again, again, again, submit), workspace });
    expect(end?.kind).toBe("submitted");
  });

  test("a restart forgets none of it", async () => {
    const again = callsForEver("read", { path: "nowhere" });
    const controller = new AbortController();
    let returned = 0;
    const first = await drive({
      model: scriptedPort(again),
      workspace,
      signal: controller.signal,
      onFact: ({ type }) => {
        if (type === "tool.returned") returned += 1;
        if (returned === 3) controller.abort();
      },
    });
    const history = JSON.parse(JSON.stringify(first.facts)) as typeof first.facts;
    const model = scriptedPort(again);
    const second = await drive({ model, workspace, history });
    expect([second.error?.code, model.requests.length]).toEqual(["call_keeps_failing", 2]);
  });

  test("the same failing test after a change each time is work, not a circle", async () => {
    let turn = 0;
    const model = scriptedPort(() => {
      turn += 1;
      if (turn > 16) return submit;
      return turn % 2 === 0
        ? calls(call(`b${turn}`, "bash", { command: "echo broken; exit 1" }))
        : calls(call(`w${turn}`, "write", { path: "try.txt", content: String(turn) }));
    });
    const { end, error } = await drive({ model, workspace });
    expect([end?.kind, error]).toEqual(["submitted", null]);
  });

  test("the same call with another result each time is no circle", async () => {
    const polls = callsForEver("bash", { command: "date +%N; exit 1" });
    const model = scriptedPort(...(times(12, polls) as [Line]), submit);
    const { end, facts } = await drive({ model, workspace });
    expect(end?.kind).toBe("submitted");
    expect(JSON.stringify(facts)).not.toContain("You have made this very call");
  });

  test("two failing calls in turns are a circle too", async () => {
    const [one, two] = [callsForEver("read", { path: "nowhere" }), callsForEver("bash", { command: "exit 3" })];
    let turn = 0;
    const model = scriptedPort((request, signal) => {
      turn += 1;
      const line = turn % 2 === 0 ? two : one;
      if (typeof line !== "function") return line;
      const outcome = line(request, signal);
      return outcome instanceof Promise || outcome.kind === "failed" ? outcome : renamed(outcome, turn);
    });
    const { error } = await drive({ model, workspace });
    expect([error?.code, model.requests.length]).toEqual(["call_keeps_failing", 9]);
  });

  test("a result too long to show whole is still known as the same", async () => {
    const model = scriptedPort(callsForEver("bash", { command: "seq 1 5000" }, "long"));
    const { error, facts } = await drive({ model, workspace });
    expect(error?.details).toEqual({ tool: "bash", count: 20 });
    expect(resultsOf(facts)["long_1"]).toContain(keptPath("long_1"));
    expect(resultsOf(facts)["long_5"]).toContain(keptPath("long_5"));
  });
});

describe("S36 what a model may not do is not a tool", () => {
  test("twenty hostile calls are twenty refusals, nothing runs, and the run ends after ten", async () => {
    const names = ["approve_plan", "merge", "push", "replan", "raise_budget"];
    const hostile = Array.from({ length: 20 }, (_, place) =>
      call(`h${place}`, names[place % names.length] ?? "", { place }),
    );
    const wide = await drive({ model: scriptedPort(calls(...hostile)), workspace });
    expect(Object.values(resultsOf(wide.facts)).filter((content) => content.includes("no_such_tool"))).toHaveLength(20);
    expect(only(wide.facts, "tool.called")).toEqual([]);
    expect(wide.error?.code).toBe("model_unusable");
    const model = scriptedPort(calls(hostile[0] ?? call("h", "x")), ...hostile.slice(1).map((one) => calls(one)));
    const narrow = await drive({ model, workspace });
    expect([narrow.error?.code, model.requests.length]).toEqual(["model_unusable", 10]);
  });

  test("the name of an undeclared tool never reaches a public sentence", async () => {
    const { error } = await drive({ model: scriptedPort(callsForEver("@evil/team", {})), workspace });
    expect(error?.code).toBe("call_keeps_failing");
    expect(error?.message).not.toContain("evil");
  });
});

test("a command killed twice in a row for memory ends the run with the limit named", async () => {
  const starved = {
    ...workspace,
    run: async (...args: Parameters<LocalWorkspace["run"]>) => {
      const result = await workspace.run(...args);
      return { ...result, exitCode: null, ended: "out_of_memory" as const };
    },
  };
  const model = scriptedPort(...(times(1, callsForEver("bash", { command: "true" })) as [Line]));
  const { error } = await drive({ model, workspace: starved });
  expect([error?.code, error?.details, model.requests.length]).toEqual([
    "sandbox_limit",
    { limit: "memory", value: "512 MB" },
    2,
  ]);
});

/** The outcome with its call under an id of this turn. */
function renamed<T extends { kind: string }>(outcome: T, turn: number): T {
  return JSON.parse(JSON.stringify(outcome).replaceAll("again_", `again_${turn}_`)) as T;
}
