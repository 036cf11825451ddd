import { afterEach, describe, expect, test } from "vitest";
import { JourneymanError } from "../../src/core/errors.ts";
import { Settings } from "../../src/core/settings/settings.ts";
import { requestsOf } from "../../src/views/request-list.ts";
import { type HeldOptions, type HeldWork, onlyOf, startHeldWork } from "../support/held-work.ts";
import { call, promptTooLong, stopped, text, type Answer } from "../support/scripted-model/answer.ts";
import type { ScriptRequest } from "../support/scripted-model/request.ts";
import { says } from "../support/story-roles.ts";

/* A conversation that grows too long, over the real loop, driver and journal. */

let held: HeldWork | null = null;
afterEach(async () => {
  await held?.close();
  held = null;
});

async function start(options: HeldOptions): Promise<HeldWork> {
  held = await startHeldWork(options);
  return held;
}

const limits = (tokens: number): Settings =>
  Settings.parse({ limits: { context_tokens: tokens, turns: 200 }, budget: { run_usd: 100 } });

const RECAP = call("submit", { done: ["Read it all."], files: [], decisions: [], failed: [], left: ["Submit."] });
const SUBMIT = call("submit", { summary: "Done." });
const BIG = "src/big.txt";
const FILES = { [BIG]: "a line of this file with some words in it\n".repeat(200) };

/** Reads the same file from another line each time, so often; then submits. */
function reading(turns: number): () => Answer {
  let given = 0;
  return () => {
    given += 1;
    return given > turns ? SUBMIT : call("read", { path: BIG, offset: given });
  };
}

const sizeOf = (request: ScriptRequest): number => JSON.stringify(request.messages).length;

/** A vendor whose window is so many characters; the writer's may be another. */
const within =
  (window: number, executor: () => Answer, writer: (request: ScriptRequest) => Answer = () => RECAP) =>
  (request: ScriptRequest): Answer => {
    if (says("You summarise")(request)) return writer(request);
    return sizeOf(request) > window ? promptTooLong() : executor();
  };

const sentTwice = ({ model }: HeldWork): number => {
  const bodies = model.requests.map(({ raw }) => raw);
  return bodies.length - new Set(bodies).size;
};

describe("a conversation that grows", () => {
  test("old results are cleared in large steps, and every request says why it differs from the one before", async () => {
    const work = await start({ script: within(Infinity, reading(40)), settings: limits(30_000), files: FILES });
    expect(await work.work()).toMatchObject({ kind: "submitted" });
    const facts = await work.facts();
    const steps = onlyOf(facts, "context.cleared");
    expect(steps.length).toBeGreaterThanOrEqual(2);
    for (const { bytes } of steps) expect(bytes).toBeGreaterThan(15_000);
    const listed = requestsOf(facts);
    expect(listed.filter(({ explained }) => !explained)).toEqual([]);
    expect(listed.filter(({ why }) => why.includes("taken out"))).toHaveLength(steps.length);
  });

  test("without a hand-off it is summed up as often as it takes", async () => {
    const executor = wordy(40, 240);
    const settings = limits(12_000);
    const work = await start({ script: within(Infinity, executor), settings, handsOff: false });
    expect(await work.work()).toMatchObject({ kind: "submitted" });
    const facts = await work.facts();
    expect(onlyOf(facts, "context.compacted").length).toBeGreaterThan(2);
    expect(onlyOf(facts, "conversation.started").filter(({ continues }) => continues)).toEqual([]);
  });

  test("the limit on turns counts on in the fresh context", async () => {
    const settings = { ...limits(12_000), limits: { ...limits(12_000).limits, turns: 40 } };
    const work = await start({ script: within(Infinity, wordy(500, 240)), settings });
    expect(await work.work()).toMatchObject({ code: "turn_limit" });
    expect(
      onlyOf(await work.facts(), "conversation.started").filter(({ continues }) => continues).length,
    ).toBeGreaterThan(0);
  });
});

/** Calls whose own words are long, each another. */
function wordy(turns: number, words = 60): () => Answer {
  let given = 0;
  return () => {
    given += 1;
    return given > turns
      ? SUBMIT
      : call("bash", { command: `: ${"words of a comment ".repeat(words)}\necho ${given}` });
  };
}

describe("prompt too long", () => {
  test("with the summary let through: results go first, then the middle, and no refused request is sent again", async () => {
    const work = await start({ script: within(40_000, reading(30)), settings: limits(500_000), files: FILES });
    expect(await work.work()).toMatchObject({ kind: "submitted" });
    const facts = await work.facts();
    expect(onlyOf(facts, "model.failed").map(({ failure }) => failure)).toContain("context_exceeded");
    expect(onlyOf(facts, "context.cleared").length).toBeGreaterThan(0);
    expect(sentTwice(work)).toBe(0);
  });

  test("where nothing can be cleared the middle is summed up, and then the work goes on in a fresh context", async () => {
    const work = await start({ script: within(14_000, wordy(40)), settings: limits(500_000) });
    expect(await work.work()).toMatchObject({ kind: "submitted" });
    const facts = await work.facts();
    expect(onlyOf(facts, "context.compacted").length).toBeGreaterThan(0);
    expect(onlyOf(facts, "conversation.started").filter(({ continues }) => continues).length).toBeGreaterThan(0);
    expect(sentTwice(work)).toBe(0);
  });

  test("with the summary refused too, the work goes on without one that a model wrote", async () => {
    const script = within(14_000, wordy(20), () => promptTooLong());
    const work = await start({ script, settings: limits(500_000) });
    expect(await work.work()).toMatchObject({ kind: "submitted" });
    const facts = await work.facts();
    const compactions = onlyOf(facts, "context.compacted");
    expect(compactions.length).toBeGreaterThan(0);
    for (const { summary } of compactions) expect(summary).toContain("No summary could be written");
    const asked = work.model.requests.filter(({ request }) => request !== null && says("You summarise")(request));
    expect(asked).toHaveLength(compactions.length);
    expect(sentTwice(work)).toBe(0);
  });

  test("a task that alone is too long ends with its own error, after one request", async () => {
    const work = await start({ script: within(10, reading(1)), settings: limits(500_000) });
    const end = await work.work();
    expect(end).toBeInstanceOf(JourneymanError);
    expect(end).toMatchObject({ code: "context_exceeded" });
    expect(work.model.requests).toHaveLength(1);
  });

  test("an answer that ran into the end of the window is gone on with in less", async () => {
    const executor = wordy(6);
    let cut = false;
    const script = within(Infinity, () => {
      const answer = executor();
      if (
        cut ||
        answer.kind !== "turn" ||
        answer.blocks[0]?.type !== "tool_use" ||
        !answer.blocks[0].json.includes("echo 5")
      )
        return answer;
      cut = true;
      return stopped("model_context_window_exceeded", text("And then I"));
    });
    const work = await start({ script, settings: limits(500_000) });
    expect(await work.work()).toMatchObject({ kind: "submitted" });
    expect(onlyOf(await work.facts(), "context.compacted")).toHaveLength(1);
  });
});

describe("cut off in a compaction", () => {
  const settings = limits(12_000);

  /** Writer requests of a run that was cut right after the n-th fact of its first summary. */
  async function cutAt(place: number): Promise<{ asked: number; facts: Awaited<ReturnType<HeldWork["facts"]>> }> {
    const work = await start({ script: within(Infinity, wordy(14, 240)), settings });
    let seen = -1;
    const cut = await work.work((fact) => {
      if (fact.type === "conversation.started" && fact.summarises !== undefined) seen = 0;
      return seen >= 0 && seen++ === place;
    });
    expect(cut).toBe("cut");
    expect(await work.work()).toMatchObject({ kind: "submitted" });
    const asked = work.model.requests.filter(({ request }) => request !== null && says("You summarise")(request));
    const facts = await work.facts();
    await work.close();
    held = null;
    return { asked: asked.length, facts };
  }

  test.each([
    ["it began", 0],
    ["the writer was asked", 1],
    ["the writer answered", 2],
    ["the summary stood in the journal", 3],
  ])("after %s, it is paid for once", async (_, place) => {
    const { asked, facts } = await cutAt(place);
    expect(onlyOf(facts, "context.compacted")).toHaveLength(1);
    expect(asked).toBe(1);
  });
});
