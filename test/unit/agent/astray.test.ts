import { afterAll, beforeAll, expect, test } from "vitest";
import { costOf } from "../../../src/core/money/money.ts";
import type { Watch } from "../../../src/ports/model.ts";
import { drive, only } from "../../support/driven-loop.ts";
import { openLocalWorkspace, type LocalWorkspace } from "../../support/local-workspace.ts";
import { call, calls, fails, PRICE, scriptedPort } from "../../support/scripted-port.ts";

let workspace: LocalWorkspace;
beforeAll(async () => {
  workspace = await openLocalWorkspace();
});
afterAll(() => workspace.close());

const submit = calls(call("s", "submit", { summary: "Done." }));
const billed = { input: 900, cacheRead: 0, cacheWrite: 0, output: 3 };
const watch: Watch = () => null;

/** The port as the loop uses it, with the watcher of each call kept. */
function watchedPort(...lines: Parameters<typeof scriptedPort>) {
  const port = scriptedPort(...lines);
  const watchers: (Watch | undefined)[] = [];
  return {
    watchers,
    requests: port.requests,
    model: {
      ...port,
      respond: (...[request, signal, watcher]: Parameters<typeof port.respond>) => {
        watchers.push(watcher);
        return port.respond(request, signal);
      },
    },
  };
}

test("an answer that was ended is charged for what came, the model is told why, and is asked again without a pause", async () => {
  const { model, requests } = watchedPort(fails("astray", { billed }), submit);
  const { end, facts, sleeps } = await drive({ model, workspace, watch });
  expect([end?.kind, sleeps]).toEqual(["submitted", []]);
  expect(only(facts, "model.failed")).toMatchObject([{ failure: "astray", costMicroUsd: costOf(billed, PRICE) }]);
  expect(JSON.stringify(requests[1]?.messages)).toContain("ended while you wrote it, and nothing of it counts: astray");
  expect(facts.map(({ type }) => type).slice(0, 4)).toEqual([
    "model.requested",
    "model.failed",
    "message.added",
    "model.requested",
  ]);
});

test("the third answer is not watched any more: it stands, whatever it is", async () => {
  const { model, watchers } = watchedPort(fails("astray"), fails("astray"), submit);
  const { end } = await drive({ model, workspace, watch });
  expect(end?.kind).toBe("submitted");
  expect(watchers).toEqual([watch, watch, undefined]);
});

test("what was ended before a restart counts after it", async () => {
  const { facts } = await drive({
    model: watchedPort(fails("astray"), fails("astray"), submit).model,
    workspace,
    watch,
  });
  const history = facts.slice(0, facts.findLastIndex(({ type }) => type === "message.added") + 1);
  const again = watchedPort(submit);
  await drive({ model: again.model, workspace, watch, history });
  expect(again.watchers).toEqual([undefined]);
});

test("an answer that was ended is no outage: it brings no longer pause and no stand-in", async () => {
  const port = watchedPort(fails("astray"), fails("overloaded"), submit);
  const model = { ...port.model, standIn: () => "scripted-1" };
  const { facts, sleeps } = await drive({ model, workspace, watch });
  expect([only(facts, "model.switched"), sleeps]).toEqual([[], [2_000]]);
});
