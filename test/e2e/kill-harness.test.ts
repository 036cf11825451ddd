import { afterAll, beforeAll, expect, test } from "vitest";
import type { EventOf, RunEvent } from "../../src/core/events.ts";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import { containersOf } from "../support/leftovers.ts";
import { call, calls, slow, text } from "../support/scripted-model/answer.ts";
import { type ScriptRequest, withoutMarks } from "../support/scripted-model/request.ts";
import { found, sorted } from "../support/story-roles.ts";
import * as story from "../support/story.ts";

/*
 * SIGKILL of the server while several conversations are under way or tests are run a second time. What is finished is not asked for again,
 * what was in flight is asked for once more and charged at its dearest, and the day's ledger says what the run says.
 */

const EDIT = story.edit(story.BUGGY, story.FIXED);
const SLOW_TESTS = `${story.TEST}
test("takes its time", () => new Promise((resolve) => setTimeout(resolve, 1_000)));
`;
const FILES = { ...story.FILES, "test/money.test.js": SLOW_TESTS };
const NEW_TEST = call("write", { path: "test/half.test.js", content: story.TEST });
const BROKEN = "export const round = () => 0;\n";

/** The first reader is done at once, the second takes its time. */
const READERS = ({ task, n }: ScriptRequest) => {
  if (task.includes("Where is it rounded?")) return found();
  return n === 0 ? slow(2_500, call("read", { path: "src/money.js" })) : found();
};

/** Two failed attempts, then a stronger executor that sees the cause. */
const ESCALATES = ({ n, messages }: ScriptRequest) => {
  if (JSON.stringify(messages[0]).includes("This work was begun before you"))
    return n === 0 ? slow(2_500, story.edit(BROKEN, story.FIXED)) : story.submitWork();
  return n === 0 ? story.edit(story.BUGGY, BROKEN) : story.submitWork();
};

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({
    script: story.cases({
      readers: {
        router: [sorted({ explore: ["Where is it rounded?", "Who calls it?"] })],
        explorer: READERS,
      },
      helpers: {
        executor: [
          calls([
            { name: "task", input: { agent: "researcher", task: "Who calls round()?" } },
            { name: "consult", input: { question: "How is half a cent rounded up?" } },
          ]),
          EDIT,
          story.submitWork(),
        ],
        explorer: [slow(2_500, found())],
        adviser: [slow(2_500, text("Add an epsilon."))],
      },
      reproduces: { executor: [EDIT, NEW_TEST, story.submitWork()] },
      "runs again": {
        executor: [
          story.edit(story.BUGGY, BROKEN),
          story.submitWork(),
          story.edit(BROKEN, story.FIXED),
          story.submitWork(),
        ],
      },
      escalates: { executor: ESCALATES },
    }),
  });
});
afterAll(() => instance.stop());

const asked = (scene: story.Scene, name: string) =>
  story.untilFact(instance, scene, "model.requested", ({ conversation }) => conversation === name);
const tested = (scene: story.Scene, purpose: RegExp) =>
  story.untilFact(instance, scene, "workspace.opened", (fact) => purpose.test(fact.purpose));

interface Point {
  readonly name: string;
  readonly moment: (scene: story.Scene) => Promise<unknown>;
  /** Requests that may be sent once more. */
  readonly inFlight: number;
  readonly waits?: true;
}

const POINTS: readonly Point[] = [
  {
    name: "readers",
    async moment(scene) {
      await story.untilFact(instance, scene, "model.responded", ({ conversation }) => conversation === "explore.1.1");
      await asked(scene, "explore.1.2");
    },
    inFlight: 1,
    waits: true,
  },
  {
    name: "helpers",
    moment: (scene) => Promise.all(["task.1", "consult.1"].map((one) => asked(scene, one))),
    inFlight: 2,
  },
  { name: "reproduces", moment: (scene) => tested(scene, /^reproduce-/), inFlight: 0 },
  { name: "runs again", moment: (scene) => tested(scene, /^verify-0-again$/), inFlight: 0 },
  { name: "escalates", moment: (scene) => asked(scene, "implement.2"), inFlight: 1 },
];

const only = <T extends RunEvent["type"]>(facts: readonly RunEvent[], type: T): EventOf<T>[] =>
  facts.filter((fact): fact is EventOf<T> => fact.type === type);

async function kill(): Promise<void> {
  await instance.server.kill();
  await instance.restart();
  await instance.github.webhooks.settled();
}

/** What the journal says was asked has arrived: a request is written down before it is sent. */
const arrived = (scene: story.Scene, from: number): Promise<boolean> =>
  eventually("every request that was written down", async () => {
    const facts = (await story.factsOfIssue(instance, scene)).map(({ event }) => event);
    return instance.model.requests.length - from >= only(facts, "model.requested").length;
  });

async function play({ name, moment, waits }: Point, from: number): Promise<story.Scene> {
  const scene = await story.openScene(instance, FILES, story.caseBody(name));
  instance.github.label(scene.issue, "maintainer", "journeyman");
  if (waits) {
    await moment(scene);
    await arrived(scene, from);
    await kill();
  }
  story.comment(instance, scene, `/approve ${story.digestIn(await story.said(instance, scene, /## Plan 1:/))}`);
  if (!waits) {
    await moment(scene);
    await arrived(scene, from);
    await kill();
  }
  return scene;
}

test.each(POINTS)(
  "kill -9 while $name: what is done is not paid for again, and the ledger says what the run says",
  async (at) => {
    const from = instance.model.requests.length;
    const scene = await play(at, from);
    const state = await story.untilOver(instance, scene, 120_000);
    expect(state.outcome).toMatchObject({ outcome: "pull_request" });
    const bodies = instance.model.requests.slice(from).map(({ raw }) => withoutMarks(raw));
    expect(bodies.length - new Set(bodies).size).toBe(at.inFlight);
    const facts = (await story.factsOfIssue(instance, scene)).map(({ event }) => event);
    const names = only(facts, "conversation.started").map(({ conversation }) => conversation);
    expect(names, "no conversation is begun twice").toEqual([...new Set(names)]);
    expect(names.filter((one) => /^(task|consult|explore)/.test(one))).toHaveLength(
      { readers: 2, helpers: 2 }[at.name] ?? 0,
    );
    const cut = only(facts, "model.failed").filter(({ failure }) => failure === "interrupted");
    expect(cut).toHaveLength(at.inFlight);
    expect(state.openCalls).toEqual({});
    const repository = { scope: "repository", id: `${state.subject?.host}/${scene.repository.id}` } as const;
    expect(await instance.journal.spent(repository, state.startedAt.slice(0, 10))).toBe(state.costMicroUsd);
    if (at.name === "readers") expect(state.exploration?.answers).toHaveLength(2);
    if (at.name === "reproduces") expect(state.reproduction).toMatchObject({ reproduced: true });
  },
);

test("no sandbox is left of any of them", async () => {
  await eventually("no container of this instance", async () => (await containersOf(instance)).length === 0, 90_000);
});
