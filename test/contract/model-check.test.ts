import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkAnthropic } from "../../src/model/check.ts";
import { checkOpenAi } from "../../src/model/openai-check.ts";
import { text } from "../support/scripted-model/answer.ts";
import { startScriptedModel, type ScriptedModel } from "../support/scripted-model/server.ts";
import { startScriptedOpenAi } from "../support/scripted-openai/server.ts";

const options = { script: [text("unused")], apiKey: "the-key" };

describe.each([
  ["anthropic", () => startScriptedModel(options), checkAnthropic, ""],
  ["openai", () => startScriptedOpenAi({ ...options, api: "responses" }), checkOpenAi, "/v1"],
] as const)("asking the %s shape whether a key is good", (_, start, check, path) => {
  let server: ScriptedModel;
  beforeAll(async () => void (server = await start()));
  afterAll(() => server.close());

  test("costs nothing and tells a good key, a bad one and a server that is not there apart", async () => {
    expect(await check({ apiKey: "the-key", baseUrl: server.url + path })).toBe("answers");
    expect(await check({ apiKey: "another", baseUrl: server.url + path })).toBe("unauthorized");
    expect(await check({ apiKey: "the-key", baseUrl: `http://127.0.0.1:1${path}` })).toBe("unreachable");
    expect(server.requests).toEqual([]);
  });
});
