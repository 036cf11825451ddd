import { expect, onTestFinished, test } from "vitest";
import type { RunEvent } from "../../src/core/events.ts";
import { Settings } from "../../src/core/settings/settings.ts";
import { createAnthropicModel } from "../../src/model/anthropic.ts";
import { createOpenAiModel } from "../../src/model/openai.ts";
import { type HeldWork, onlyOf, startHeldWork, type TestWire } from "../support/held-work.ts";
import * as answer from "../support/scripted-model/answer.ts";
import { call, type Answer, type Turn } from "../support/scripted-model/answer.ts";
import type { ScriptRequest } from "../support/scripted-model/request.ts";
import { failing, type Script, type Step } from "../support/scripted-model/script.ts";
import { startScriptedModel } from "../support/scripted-model/server.ts";
import { startScriptedOpenAi } from "../support/scripted-openai/server.ts";
import { says } from "../support/story-roles.ts";

/*
 * The sixteen faults that harnesses are compared by, each met in the middle of a piece of work, over the real loop, driver, run log and
 * journal: the work is finished or ends with an outcome of its own, and what had been done is done once.
 */

const STALL_MS = 400;
const FILE = "src/a.txt";
const WRITE = call("write", { path: "src/new.txt", content: "new\n" });
const READ = call("read", { path: FILE });
const SUBMIT = call("submit", { summary: "Done." });
const RECAP = call("submit", { done: ["Wrote it."], files: [], decisions: [], failed: [], left: ["Submit."] });

interface Fault {
  readonly name: string;
  readonly script: Script;
  /** What stands in the facts afterwards: that it happened, or what the model was told. */
  readonly told: RegExp;
  /** The outcome's code where the work cannot be finished. */
  readonly code?: string;
  /** Wires that cannot say it, with the reason. */
  readonly not?: Readonly<Partial<Record<string, string>>>;
}

/** The second of three answers goes wrong: so often, before it comes right. */
const broken = (...faults: Answer[]): Script => [WRITE, failing(faults, READ), SUBMIT];
/** An answer of its own between two others. */
const between = (...turns: Step[]): Script => [WRITE, ...turns, SUBMIT];

/** What does not fit so many characters is refused; the summary may be refused as well. */
const window =
  (characters: number, summary: Answer) =>
  (request: ScriptRequest): Answer => {
    if (says("You summarise")(request)) return summary;
    if (JSON.stringify(request.messages).length > characters) return answer.promptTooLong();
    answers += 1;
    if (answers === 1) return WRITE;
    return answers > 25 ? SUBMIT : call("bash", { command: `: ${"words of a comment ".repeat(60)}\necho ${answers}` });
  };
let answers = 0;

/** Goes on with something else once it is warned. */
const heedsTheWarning = ({ messages }: ScriptRequest): Turn =>
  /this very call/.test(JSON.stringify(messages.at(-1))) ? SUBMIT : READ;

/** An empty answer leaves no message behind, so the script is where it was. */
const untilTold = ({ messages }: ScriptRequest): Turn =>
  JSON.stringify(messages.at(-1)).includes("was empty") ? SUBMIT : answer.nothing();

const NO_PAUSE = "no answer pauses on this wire";
const FAULTS: readonly Fault[] = [
  { name: "429 with retry-after", script: broken(answer.status(429, { retryAfter: "7" })), told: /rate_limited/ },
  {
    name: "529 three times",
    script: broken(answer.status(529), answer.status(529), answer.status(529)),
    told: /(overloaded.*){3}/,
  },
  { name: "500 twice", script: broken(answer.status(500), answer.status(500)), told: /(server_error.*){2}/ },
  { name: "a reset in mid-stream", script: broken(answer.faulty("reset_mid_stream")), told: /"cut"/ },
  {
    name: "an error event in mid-stream",
    script: broken(answer.faulty("error_event")),
    told: /overloaded|server_error/,
  },
  { name: "an event that is not JSON", script: broken(answer.faulty("bad_json_event")), told: /"cut"/ },
  { name: "a silent stream", script: broken(answer.faulty("stall")), told: /stalled/ },
  {
    name: "four kinds of arguments that break the schema",
    script: between(
      answer.brokenCall("read", '{"path": "src/a'),
      call("read", {}),
      call("read", { path: 7 }),
      call("read", { path: FILE, encoding: "utf-8" }),
    ),
    told: /malformed_arguments.*(bad_arguments.*){3}/,
  },
  { name: "an undeclared tool", script: between(call("approve_plan", {})), told: /no_such_tool/ },
  { name: "a call cut by max_tokens", script: between(answer.cutByMaxTokens(WRITE)), told: /cut_off/ },
  {
    name: "a text cut by max_tokens",
    script: between(answer.cutByMaxTokens(answer.text("I will now"))),
    told: /cut off/,
  },
  { name: "an empty answer", script: [WRITE, untilTold], told: /Your last answer was empty/ },
  {
    name: "the same call twenty times, heeded at the warning",
    script: [WRITE, ...Array.from({ length: 25 }, () => heedsTheWarning)],
    told: /this very call 5 times/,
  },
  {
    name: "the same call twenty times, never heeded",
    script: [WRITE, ...Array.from({ length: 25 }, () => READ)],
    told: /this very call 5 times/,
    code: "loop_detected",
  },
  { name: "prompt too long, the summary let through", script: window(14_000, RECAP), told: /context\.compacted/ },
  {
    name: "prompt too long, the summary refused too",
    script: window(14_000, answer.promptTooLong()),
    told: /No summary could be written/,
  },
  {
    name: "pause_turn",
    script: between(answer.stopped("pause_turn", answer.text("Part one,"))),
    told: /pause/,
    not: { responses: NO_PAUSE, chat: NO_PAUSE },
  },
];

const openAi = (api: "responses" | "chat"): TestWire => ({
  start: (options) => startScriptedOpenAi({ ...options, api }),
  make: (url) => createOpenAiModel({ apiKey: "k", baseUrl: `${url}/v1`, api, stallMs: STALL_MS }),
});
const WIRES: Readonly<Record<string, { readonly model: string; readonly wire: TestWire }>> = {
  messages: {
    model: "claude-opus-5-5",
    wire: {
      start: (options) => startScriptedModel(options),
      make: (url) => createAnthropicModel({ apiKey: "k", baseUrl: url, stallMs: STALL_MS }),
    },
  },
  responses: { model: "gpt-5.5", wire: openAi("responses") },
  chat: { model: "gpt-5.5", wire: openAi("chat") },
};

async function begin(script: Script, { model, wire }: (typeof WIRES)[string]): Promise<HeldWork> {
  answers = 0;
  const settings = Settings.parse({
    models: { executor: { model }, writer: { model } },
    limits: { context_tokens: 500_000, turns: 100 },
    budget: { run_usd: 100 },
  });
  const work = await startHeldWork({ script, settings, files: { [FILE]: "a\n" }, wire });
  onTestFinished(() => work.close());
  return work;
}

const writes = (facts: readonly RunEvent[]): number =>
  onlyOf(facts, "tool.called").filter(({ name }) => name === "write").length;

const ROWS = Object.keys(WIRES).flatMap((wire) =>
  FAULTS.filter(({ not }) => not?.[wire] === undefined).map((fault) => [fault.name, wire, fault] as const),
);

test.for(ROWS)("F10 %s, over %s: has its own outcome, and nothing is done twice", async ([, wire, fault]) => {
  const work = await begin(fault.script, WIRES[wire] ?? expect.fail("no such wire"));
  const end = await work.work();
  const facts = await work.facts();
  if (fault.code === undefined) expect(end).toMatchObject({ kind: "submitted" });
  else expect(end).toMatchObject({ code: fault.code });
  expect(facts.map((fact) => JSON.stringify(fact)).join("")).toMatch(fault.told);
  expect(writes(facts)).toBe(1);
  const costs = onlyOf(facts, "model.responded").map(({ costMicroUsd }) => costMicroUsd);
  expect(Math.min(...costs)).toBeGreaterThan(0);
});
