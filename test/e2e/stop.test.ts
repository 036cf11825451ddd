import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import { containersOf, volumesOf } from "../support/leftovers.ts";
import { call, slow, text } from "../support/scripted-model/answer.ts";
import * as story from "../support/story.ts";

/** Long enough that the stop comes in between, short enough to end by itself if it does not. */
const LONG_MS = 40_000;
const SLEEPING_TESTS = `import { test } from "node:test";
test("sleeps", () => new Promise((resolve) => setTimeout(resolve, ${LONG_MS})));
`;

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({
    script: story.cases({
      planning: { planner: [slow(LONG_MS, text("thinking"))] },
      asking: { planner: [call("ask", { questions: ["Which one?"] })] },
      waiting: {},
      preparing: {},
      thinking: { executor: [slow(LONG_MS, text("thinking"))] },
      running: { executor: [call("bash", { command: "sleep 40" })] },
      over: {},
    }),
  });
});
afterAll(() => instance.stop());

const open = (name: string, files = story.FILES) => story.openScene(instance, files, story.caseBody(name));

/** Stops the run and measures until the run is over and its sandboxes are gone. */
async function stop(scene: story.Scene): Promise<number> {
  const begun = Date.now();
  story.comment(instance, scene, "/stop");
  const state = await story.untilOver(instance, scene, 30_000);
  expect(state.outcome).toMatchObject({ outcome: "cancelled" });
  await story.said(instance, scene, /\*\*Stopped\*\* by `maintainer`/);
  return Date.now() - begun;
}

async function approved(scene: story.Scene): Promise<void> {
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
}

type Arrival = readonly [state: string, arrive: (scene: story.Scene) => Promise<unknown>, files: typeof story.FILES];

const STATES: readonly Arrival[] = [
  [
    "planning",
    async (scene) => {
      instance.github.label(scene.issue, "maintainer", "journeyman");
      await story.untilFact(instance, scene, "model.requested");
    },
    story.FILES,
  ],
  [
    "asking",
    async (scene) => {
      instance.github.label(scene.issue, "maintainer", "journeyman");
      await story.said(instance, scene, /Which one\?/);
    },
    story.FILES,
  ],
  ["waiting", (scene) => story.untilPlan(instance, scene), story.FILES],
  [
    "preparing",
    async (scene) => {
      await approved(scene);
      await story.untilFact(instance, scene, "workspace.opened", ({ purpose }) => purpose === "baseline");
    },
    { ...story.FILES, "test/slow.test.js": SLEEPING_TESTS },
  ],
  [
    "thinking",
    async (scene) => {
      await approved(scene);
      await story.untilFact(instance, scene, "model.requested", ({ conversation }) => conversation === "implement.1");
    },
    story.FILES,
  ],
  [
    "running",
    async (scene) => {
      await approved(scene);
      await story.untilFact(instance, scene, "tool.called", ({ name }) => name === "bash");
    },
    story.FILES,
  ],
];

test.each(STATES)(
  "/stop while %s ends the run within 10 s, says what was kept and leaves nothing behind",
  async (name, arrive, files) => {
    const scene = await open(name, files);
    await arrive(scene);
    const took = await stop(scene);
    expect(took).toBeLessThan(10_000);
    expect(Object.keys(await instance.github.branches(scene.repository))).toEqual(["main"]);
    expect(instance.github.pullRequests(scene.repository)).toEqual([]);
    const facts = (await story.factsOfIssue(instance, scene)).length;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await story.factsOfIssue(instance, scene)).toHaveLength(facts);
  },
);

test("/stop of a run that is over is refused with what to do instead", async () => {
  const scene = await open("over");
  await approved(scene);
  await story.untilOver(instance, scene);
  story.comment(instance, scene, "/stop");
  await story.said(instance, scene, /The run on this issue is over/);
});

test("no sandbox of a stopped run is left", async () => {
  await eventually(
    "every run to be over and swept",
    async () => (await instance.journal.due(Date.now(), 10)).length === 0,
  );
  await eventually("no container of this instance", async () => (await containersOf(instance)).length === 0);
  await eventually("no volume of this instance", async () => (await volumesOf(instance)).length === 0);
});

test("nothing that was asked of GitHub is unknown to GitHub", () => {
  expect(instance.github.faults).toEqual([]);
});
