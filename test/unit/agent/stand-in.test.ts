import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Model } from "../../../src/ports/model.ts";
import { drive, only, STARTED } from "../../support/driven-loop.ts";
import { openLocalWorkspace, type LocalWorkspace } from "../../support/local-workspace.ts";
import { call, calls, fails, PRICE, scriptedPort, type Line, type ScriptedPort } from "../../support/scripted-port.ts";

let workspace: LocalWorkspace;
beforeAll(async () => {
  workspace = await openLocalWorkspace();
});
afterAll(() => workspace.close());

const submit = calls(call("s", "submit", { summary: "Done." }));
const look = (id: string) => calls(call(id, "glob", { pattern: id }));

const CHAIN = new Map([
  ["scripted-1", "second"],
  ["second", "third"],
]);

/** Answers by model: each has its own lines. Everything has a price but what is named `unpriced`. */
function models(
  lines: Readonly<Record<string, readonly [Line, ...Line[]]>>,
  chain: ReadonlyMap<string, string> = CHAIN,
) {
  const ports = new Map<string, ScriptedPort>(Object.entries(lines).map(([id, said]) => [id, scriptedPort(...said)]));
  const model: Model = {
    respond: (request, signal) =>
      ports.get(request.model)?.respond(request, signal) ?? expect.fail(`${request.model} was asked`),
    price: (id) => (id === "unpriced" ? null : PRICE),
    standIn: (id) => chain.get(id) ?? null,
  };
  return { model, asked: (id: string) => ports.get(id)?.requests.length ?? 0, ports };
}

describe("a model with a stand-in", () => {
  test.each(["overloaded", "server_error", "network", "stalled", "cut", "rate_limited"] as const)(
    "that fails five times with %s is replaced, the same conversation goes on, and the switch is a fact",
    async (failure) => {
      const { model, asked, ports } = models({
        "scripted-1": [look("a"), fails(failure)],
        second: [look("b"), submit],
      });
      const { end, facts, conversation, sleeps } = await drive({ model, workspace });
      expect(end?.kind).toBe("submitted");
      expect([asked("scripted-1"), asked("second")]).toEqual([6, 2]);
      expect(sleeps).toEqual([2_000, 4_000, 8_000, 16_000]);
      expect(only(facts, "model.switched")).toEqual([
        {
          type: "model.switched",
          conversation: STARTED.conversation,
          from: "scripted-1",
          to: "second",
          reason: failure,
        },
      ]);
      expect(conversation.model).toBe("second");
      const [first] = ports.get("second")?.requests ?? [];
      expect(first?.messages).toEqual(ports.get("scripted-1")?.requests.at(-1)?.messages);
    },
  );

  test.each([
    ["an open circuit", fails("circuit_open", { retryAfterMs: 20_000 })],
    ["a refused key", fails("unauthorized")],
    ["a wait that is too long", fails("rate_limited", { retryAfterMs: 600_000 })],
  ])("is replaced at once after %s", async (_, failed) => {
    const { model, asked } = models({ "scripted-1": [failed], second: [submit] });
    const { end, sleeps } = await drive({ model, workspace });
    expect([end?.kind, asked("scripted-1"), sleeps]).toEqual(["submitted", 1, []]);
  });

  test("is not asked again in the same conversation, after a restart either", async () => {
    const lines = { "scripted-1": [fails("unauthorized")], second: [look("a"), look("b"), submit] } as const;
    const first = models(lines);
    const { facts } = await drive({ model: first.model, workspace });
    expect(first.asked("scripted-1")).toBe(1);
    const history = facts.slice(
      0,
      facts.findIndex(({ type }) => type === "model.responded"),
    );
    const again = models(lines);
    expect((await drive({ model: again.model, workspace, history })).end?.kind).toBe("submitted");
    expect(again.asked("scripted-1")).toBe(0);
  });

  test("is replaced by the next of the chain when the stand-in fails as well; after the last the run is parked", async () => {
    const { model, asked } = models({
      "scripted-1": [fails("unauthorized")],
      second: [fails("overloaded")],
      third: [fails("network")],
    });
    const { error, facts } = await drive({ model, workspace });
    expect(only(facts, "model.switched").map(({ to }) => to)).toEqual(["second", "third"]);
    expect([asked("second"), asked("third")]).toEqual([5, 5]);
    expect([error?.code, error?.details]).toEqual(["model_unavailable", { reason: "network", attempts: 5 }]);
  });

  test.each(["bad_request", "context_exceeded"] as const)(
    "is not replaced for %s: the fault is in the request",
    async (failure) => {
      const { model, asked } = models({ "scripted-1": [fails(failure)], second: [submit] });
      const { error, facts } = await drive({ model, workspace });
      expect([error !== null, only(facts, "model.switched").length, asked("second")]).toEqual([true, 0, 0]);
    },
  );

  test("keeps its place when the price of the stand-in is not known: nothing is asked that could not be charged", async () => {
    const { model } = models({ "scripted-1": [fails("unauthorized")] }, new Map([["scripted-1", "unpriced"]]));
    const { error, facts } = await drive({ model, workspace });
    expect([error?.code, only(facts, "model.switched")]).toEqual(["model_unauthorized", []]);
  });
});

test("without a stand-in an open circuit is waited out", async () => {
  const model = scriptedPort(fails("circuit_open", { retryAfterMs: 25_000 }), submit);
  const { end, sleeps } = await drive({ model, workspace });
  expect([end?.kind, sleeps]).toEqual(["submitted", [25_000]]);
});

test("a model that no provider is configured for ends the run with a sentence that names it", async () => {
  const { error } = await drive({ model: scriptedPort(fails("not_configured")), workspace });
  expect([error?.code, error?.class]).toEqual(["model_unconfigured", "terminal"]);
  expect(error?.message).toContain("no provider for the model scripted-1");
});
