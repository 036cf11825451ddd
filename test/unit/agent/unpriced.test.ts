import { afterAll, beforeAll, expect, test } from "vitest";
import { createProviders } from "../../../src/model/providers.ts";
import { drive, STARTED } from "../../support/driven-loop.ts";
import { openLocalWorkspace, type LocalWorkspace } from "../../support/local-workspace.ts";
import { call, calls, scriptedPort } from "../../support/scripted-port.ts";

let workspace: LocalWorkspace;
beforeAll(async () => {
  workspace = await openLocalWorkspace();
});
afterAll(() => workspace.close());

test.each(["claude-sonnet-5-5", "anthropic/claude-opus-5-5-latest", "gpt-7", "openai/gpt-5.5-latest"])(
  "the unpriced model %s is stopped before its first call, until the operator gives its price",
  async (id) => {
    const port = scriptedPort(calls(call("s", "submit", { summary: "Done." })));
    const providers = { anthropic: port, openai: port };
    const started = { ...STARTED, model: id };
    const stopped = await drive({ model: createProviders({ providers }), workspace, started });
    expect([stopped.error?.code, stopped.facts, port.requests]).toEqual(["price_unknown", [], []]);
    const prices = { [id]: { input: 1, cacheRead: 1, cacheWrite: 1, output: 1 } };
    const priced = await drive({ model: createProviders({ providers, prices }), workspace, started });
    expect([priced.end?.kind, port.requests.length]).toEqual(["submitted", 1]);
  },
);
