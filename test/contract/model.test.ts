import { createAnthropicModel } from "../../src/model/anthropic.ts";
import { createOpenAiModel } from "../../src/model/openai.ts";
import { modelContract } from "../support/scripted-model/contract.ts";
import { startScriptedModel } from "../support/scripted-model/server.ts";
import { GRAIN } from "../support/scripted-openai/prefix-cache.ts";
import { startScriptedOpenAi } from "../support/scripted-openai/server.ts";

modelContract({
  name: "anthropic",
  start: startScriptedModel,
  make: ({ url, ...limits }) => createAnthropicModel({ baseUrl: url, ...limits }),
  model: "claude-opus-5-5",
  cacheGrain: 1,
  excluded: {},
});

const OPENAI_EXCLUDED = {
  pauses: "no answer pauses on this wire",
  overflow: "what does not fit the window is refused as a request, or ends as an answer that is too long",
  error_marks: "a result is a text and nothing else; our tools say in it what went wrong",
  early_usage: "usage comes with the last event, so a broken answer is charged by its bytes",
};

modelContract({
  name: "openai, responses",
  start: (options) => startScriptedOpenAi({ ...options, api: "responses" }),
  make: ({ url, ...limits }) => createOpenAiModel({ baseUrl: `${url}/v1`, api: "responses", ...limits }),
  model: "gpt-5.5",
  cacheGrain: GRAIN,
  excluded: {
    ...OPENAI_EXCLUDED,
    stops_despite_calls:
      "the wire has no word for stopping at a call: a completed answer with calls has stopped for them",
  },
});

modelContract({
  name: "openai, chat",
  start: (options) => startScriptedOpenAi({ ...options, api: "chat" }),
  make: ({ url, ...limits }) => createOpenAiModel({ baseUrl: `${url}/v1`, api: "chat", ...limits }),
  model: "gpt-5.5",
  cacheGrain: GRAIN,
  excluded: { ...OPENAI_EXCLUDED, thoughts: "Chat Completions shows no thoughts and takes none back" },
});
