import { describe, expect, test } from "vitest";
import { requestDigest } from "../../../src/agent/request-digest.ts";
import { type Conversation, requestOf } from "../../../src/core/conversation/conversation.ts";
import { evolveConversation } from "../../../src/core/conversation/conversation-fold.ts";
import { digestOfJson } from "../../../src/core/digest.ts";
import type { StoredEvent } from "../../../src/core/events.ts";
import { evolve, fold } from "../../../src/core/evolve.ts";
import type { Digest, RunId } from "../../../src/core/ids.ts";
import type { ModelRequest } from "../../../src/core/messages.ts";
import { next, type Step } from "../../../src/core/next.ts";
import { emptyState, type RunState } from "../../../src/core/state.ts";
import { owed } from "../../../src/views/owed.ts";
import { replayed } from "../../../src/views/replay.ts";
import { interruptedCalls } from "../../../src/run/setback.ts";
import { CUTS, factsOf, linesOf, type Release, RELEASES } from "../../support/old-journals.ts";
import { pairingFaults } from "../../support/paired.ts";

/*
 * Every release's journal, cut at every stage: it loads, folds, and goes on where a run of this release would.
 */

const VIEW = { runUrl: null } as const;

/** As each release named its requests. */
const listed = ({ messages, ...rest }: ModelRequest): Digest =>
  digestOfJson({ ...rest, messages: messages.map((message) => digestOfJson(message)) });
const NAMES: Readonly<Record<Release, (request: ModelRequest) => Digest>> = {
  "before-understanding": listed,
  "before-evals": listed,
  "before-forks": requestDigest,
};
/** The longest answers that the releases asked for, in tokens. */
const ANSWER_TOKENS = [4_000, 8_000, 16_000];

const stage = (name: string, round = 0) => ({ kind: "stage", stage: name, round });
const PLANNING: Readonly<Record<Release, string>> = {
  "before-understanding": "understand",
  "before-evals": "plan",
  "before-forks": "plan",
};

/** What is done next, and what GitHub is owed first, at each cut. */
const NEXT: Readonly<Record<string, (release: Release) => readonly [object, readonly RegExp[]]>> = {
  "webhook in": () => [{ kind: "consider", command: { command: { name: "plan" } } }, []],
  enqueued: () => [stage("intake"), [/^eyes\.1$/]],
  snapshot: () => [stage("intake"), []],
  sandbox: (release) => [stage(PLANNING[release]), []],
  "plan turns": (release) => [stage(PLANNING[release]), []],
  "post plan": () => [{ kind: "wait", for: "approval" }, [/^plan\.1$/, /^status\.\d+$/]],
  "wait for approval": () => [{ kind: "wait", for: "approval" }, []],
  "accept approval": () => [stage("prepare"), [/^eyes\.\d+$/]],
  install: () => [stage("prepare"), []],
  implement: () => [stage("implement"), []],
  "tests and fixes": () => [stage("implement", 1), []],
  // The first release reviewed nothing: what it has not begun to publish is reviewed now.
  "extract and check": (release) => [stage(release === "before-understanding" ? "review" : "publish"), []],
  "blobs to ref": () => [stage("publish"), []],
  "pull request": () => [stage("publish"), []],
  "last comment": () => [{ kind: "done" }, [/^status\.\d+$/]],
};

const runOf = (facts: readonly StoredEvent[]): RunId => facts[0]?.run ?? expect.fail("no facts");

/** As the loop closes what was cut off, before it asks again. */
const closed = (conversation: Conversation): Conversation =>
  conversation.pending.reduce<Conversation>(
    (before, { id }) =>
      evolveConversation(before, {
        type: "tool.returned",
        conversation: before.id,
        turn: before.turn,
        callId: id,
        content: "The call was interrupted.",
        isError: true,
        durationMs: 0,
      }),
    conversation,
  );

const resumed = (state: RunState): RunState =>
  interruptedCalls(state).reduce((before, event) => evolve(before, { at: state.lastAt, event }), state);

describe.each(RELEASES)("a journal of the release %s", (release) => {
  const all = factsOf(release);

  test.each(CUTS)("goes on after a stop at: %s", (name, cut) => {
    const facts = all.slice(0, cut(all) + 1);
    const state = fold(runOf(facts), facts);
    const [step, effects] = NEXT[name]?.(release) ?? expect.fail(`no expectation for ${name}`);
    expect(next(state)).toMatchObject(step);
    const due = owed(state, VIEW);
    expect(due.map(({ key }) => key)).toEqual(effects.map((pattern) => expect.stringMatching(pattern)));
    for (const effect of due) if (effect.kind !== "reaction") expect(effect.body()).not.toBe("");

    const after = resumed(state);
    expect(after.openCalls).toEqual({});
    expect(next(after) satisfies Step).toMatchObject(step);
    for (const conversation of Object.values(after.conversations))
      expect(pairingFaults(requestOf(closed(conversation), 1))).toEqual([]);

    const texts = replayed(runOf(facts), facts, VIEW);
    expect(texts.filter(({ text }) => text === null || text === "")).toEqual([]);
    expect(texts.every(({ verdict }) => verdict === "not recorded")).toBe(true);
  });

  test("replays to its end: plan, question, refusal and pull request are all rendered", () => {
    const texts = replayed(runOf(all), all, VIEW);
    const textOf = (pattern: RegExp): string => texts.find(({ key }) => pattern.test(key))?.text ?? "";
    expect(textOf(/^question\.1$/)).toContain("Are negative amounts meant as well?");
    expect(textOf(/^plan\.2$/)).toContain("/approve ");
    expect(textOf(/^refusal\./)).toContain("reporter");
    expect(textOf(/^pull_request$/)).toMatch(/^Round half a cent up\n\nCloses #\d+\n/);
  });

  test("every request that it sent is rebuilt, byte for byte", () => {
    let state = emptyState(runOf(all));
    let seen = 0;
    for (const fact of all) {
      const { event } = fact;
      if (event.type === "model.requested") {
        const conversation = state.conversations[event.conversation] ?? expect.fail("no conversation");
        const names = ANSWER_TOKENS.map((tokens) => NAMES[release](requestOf(conversation, tokens)));
        expect(names, `fact ${fact.index}`).toContain(event.requestDigest);
        seen += 1;
      }
      state = evolve(state, fact);
    }
    expect(seen).toBeGreaterThan(9);
  });

  test("holds nothing of the machine that wrote it, and no secret", () => {
    for (const line of linesOf(release))
      expect(line).not.toMatch(/127\.0\.0\.1|localhost|\/root|\/home|sk-[a-z]|gh[ps]_|"vm\//);
  });
});
