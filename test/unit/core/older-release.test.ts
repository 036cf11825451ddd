import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Conversation, requestOf } from "../../../src/core/conversation/conversation.ts";
import { digestOfJson } from "../../../src/core/digest.ts";
import { StoredEvent } from "../../../src/core/events.ts";
import { evolve, fold } from "../../../src/core/evolve.ts";
import { next } from "../../../src/core/next.ts";
import { DEFAULT_SETTINGS } from "../../../src/core/settings/settings.ts";
import { emptyState } from "../../../src/core/state.ts";

/*
 * Runs of the release that knew no understanding, no roles and no review, cut off in the middle: written by its own server, read as the
 * journal reads them.
 */

/** Of that release: the longest answer it asked for, in tokens. */
const ANSWER_TOKENS = 16_000;

/** As that release named its requests. */
function digestOf(conversation: Conversation): string {
  const { messages, ...rest } = requestOf(conversation, ANSWER_TOKENS);
  return digestOfJson({ ...rest, messages: messages.map((message) => digestOfJson(message)) });
}

function factsOf(name: string): StoredEvent[] {
  const file = new URL(`../../../fixtures/journals/before-understanding-${name}.jsonl`, import.meta.url);
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.map((line) => StoredEvent.parse(JSON.parse(line)));
}

const stateOf = (name: string) => {
  const facts = factsOf(name);
  return fold(facts[0]?.run ?? expect.fail("no facts"), facts);
};

describe("a run that an older release began", () => {
  test("while planning: the issue is sorted first, then its planner goes on", () => {
    const state = stateOf("planning");
    expect(next(state)).toEqual({ kind: "stage", stage: "understand", round: 0 });
    expect(Object.keys(state.openCalls)).toEqual(["plan.1"]);
    expect(state.conversations["plan.1"]?.turn).toBe(1);
  });

  test("while working: its executor goes on, and its cut-off command counts as one that may have written", () => {
    const state = stateOf("working");
    expect(next(state)).toEqual({ kind: "stage", stage: "implement", round: 0 });
    expect(state.conversations["implement.1"]).toMatchObject({ turn: 3, savedTurn: 2, unsaved: ["bash"] });
    expect(state.checkpoint?.changes.map(({ path }) => path)).toEqual(["src/money.js"]);
  });

  test("gets the defaults of the settings that it did not know", () => {
    const { models, budget, review, understand } = stateOf("working").intake?.settings ?? expect.fail("no intake");
    expect({ models, budget, review, understand }).toEqual({
      models: DEFAULT_SETTINGS.models,
      budget: DEFAULT_SETTINGS.budget,
      review: DEFAULT_SETTINGS.review,
      understand: DEFAULT_SETTINGS.understand,
    });
  });

  test.each(["planning", "working"])("while %s: every request it sent is rebuilt as it was", (name) => {
    const facts = factsOf(name);
    let state = emptyState(facts[0]?.run ?? expect.fail("no facts"));
    let seen = 0;
    for (const fact of facts) {
      const { event } = fact;
      if (event.type === "model.requested") {
        const conversation = state.conversations[event.conversation] ?? expect.fail("a request without a conversation");
        expect(digestOf(conversation)).toBe(event.requestDigest);
        seen += 1;
      }
      state = evolve(state, fact);
    }
    expect(seen).toBeGreaterThan(1);
  });
});
