import { expect } from "vitest";
import type { StoredEvent } from "../../src/core/events.ts";
import { fold } from "../../src/core/evolve.ts";
import type { RunId } from "../../src/core/ids.ts";
import type { RunState } from "../../src/core/state.ts";
import { tenantOf } from "../../src/core/subject.ts";
import type { RunRow } from "../../src/ports/journal.ts";
import { eventually, type Instance, runsOf } from "./instance.ts";
import { call, slow } from "./scripted-model/answer.ts";
import { answerOf, type Script } from "./scripted-model/script.ts";
import * as story from "./story.ts";

/*
 * A run whose third fix failed, and a model that would have found the fault.
 */

export const OTHER = "claude-sonnet-5";

/** Each attempt makes a change that does not help, and a different one each time. */
export const NEVER_FIXED: Script = [
  story.edit(story.BUGGY, story.HALF_FIXED),
  story.submitWork(),
  ...[1, 2, 3].flatMap((attempt) => [
    call("write", { path: "notes.txt", content: `attempt ${attempt}\n` }),
    story.submitWork(),
  ]),
];
export const byModel =
  (others: Script, other: Script): Script =>
  (request) =>
    answerOf(request.model === OTHER ? other : others, request);

/** Goes on from whatever was done before: the file is written whole. */
export const MENDING: Script = ({ messages }) =>
  JSON.stringify(messages).includes("Number.EPSILON) * 100")
    ? story.submitWork()
    : call("write", { path: "src/money.js", content: story.FIXED });

/** The executor never mends it, but the other model does at once. */
export const STUCK = { executor: byModel(NEVER_FIXED, story.WORKING) };
/** Takes its time before it begins. */
export const PATIENT: Script = [slow(3_000, call("read", { path: "src/money.js" })), ...story.WORKING.slice(1)];

export interface Failed {
  readonly scene: story.Scene;
  readonly facts: readonly StoredEvent[];
  readonly state: RunState;
}

const isQuiet = ({ silent, dueAt, leasedUntil }: RunRow): boolean => silent || (dueAt === null && leasedUntil === null);

export const approvalIn = (facts: readonly StoredEvent[]): number =>
  facts.findIndex(({ event }) => event.type === "plan.approved");

/** What is done and looked at in a story of forks. */
export function forkStory(instance: Instance) {
  const open = (name: string) => story.openScene(instance, story.FILES, story.caseBody(name));

  async function approved(name: string): Promise<story.Scene> {
    const scene = await open(name);
    const plan = await story.untilPlan(instance, scene);
    story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
    return scene;
  }

  /** A run whose three fixes failed. */
  async function failedRun(name: string): Promise<Failed> {
    const scene = await approved(name);
    const state = await story.untilOver(instance, scene, 120_000);
    expect(state.outcome).toMatchObject({ outcome: "failed", code: "tests_failed" });
    await atRest();
    return { scene, state, facts: await instance.journal.load(state.run) };
  }

  /** Nothing is due: what GitHub is shown is all that it will be shown. */
  const atRest = () =>
    eventually("all runs to rest", async () => (await instance.journal.runs({ limit: 100 })).every(isQuiet));

  const stateOf = async (run: RunId): Promise<RunState> => fold(run, await instance.journal.load(run));

  async function forksOf(origin: RunId) {
    const rows = await runsOf(instance);
    return rows.filter((row) => row.origin === origin);
  }

  async function onlyFork(origin: RunId): Promise<RunId> {
    const [fork, ...others] = await forksOf(origin);
    expect(others).toEqual([]);
    if (fork === undefined) throw new TypeError("the run was forked");
    return fork.run;
  }

  /** Tokens are asked for and given back, git reads by POST; everything else that is not a GET writes. */
  const writesSince = (from: number) =>
    instance.github.requests
      .slice(from)
      .filter(
        ({ method, path }) => method !== "GET" && !/access_tokens$|\/installation\/token$|git-upload-pack$/.test(path),
      );

  const spent = async (state: RunState): Promise<number> => {
    const day = new Date().toISOString().slice(0, 10);
    if (state.subject === null) return 0;
    return instance.journal.spent({ scope: "tenant", id: tenantOf(state.subject) }, day);
  };
  return { open, approved, failedRun, atRest, stateOf, forksOf, onlyFork, writesSince, spent };
}
