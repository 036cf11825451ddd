import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import { containersOf, volumesOf } from "../support/leftovers.ts";
import { call, slow, status, text } from "../support/scripted-model/answer.ts";
import { sorted } from "../support/story-roles.ts";
import * as story from "../support/story.ts";

/** Long enough that the stop comes in between, short enough to end by itself if it does not. */
const LONG_MS = 40_000;
const SLEEPING_TESTS = `import { test } from "node:test";
test("sleeps", () => new Promise((resolve) => setTimeout(resolve, ${LONG_MS})));
`;

/** Ends at once on the base commit and sleeps on the change. */
const SLEEPING_ON_THE_CHANGE = `import { test } from "node:test";
import { round } from "../src/money.js";
const wait = round(1.005) === 1.01 ? ${LONG_MS} : 0;
test("sleeps", () => new Promise((resolve) => setTimeout(resolve, wait)));
`;
const EDIT = story.edit(story.BUGGY, story.FIXED);

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({
    script: story.cases({
      planning: { planner: [slow(LONG_MS, text("thinking"))] },
      exploring: {
        router: [sorted({ difficulty: "hard", explore: ["Where?", "Who?"] })],
        explorer: [slow(LONG_MS, text("thinking"))],
      },
      asking: { planner: [call("ask", { questions: ["Which one?"] })] },
      waiting: {},
      preparing: {},
      thinking: { executor: [slow(LONG_MS, text("thinking"))] },
      running: { executor: [EDIT, call("bash", { command: "sleep 40" })] },
      parked: { executor: [EDIT, status(401)] },
      // Runs no tests itself: they would sleep there already.
      verifying: { executor: [EDIT, story.submitWork()] },
      over: {},
      "reading the issue": {},
      publishing: {},
    }),
  });
});
afterAll(() => instance.stop());

const open = (name: string, files = story.FILES) => story.openScene(instance, files, story.caseBody(name));

/** Names of the containers of the run on this issue. */
async function sandboxesOf(scene: story.Scene): Promise<string[]> {
  const state = await story.stateOfIssue(instance, scene);
  return (await containersOf(instance)).filter((name) => state !== null && name.includes(state.run));
}

/** Stops the run; tells what the notice said, and how long it took until that was posted and its sandboxes were gone. */
async function stop(scene: story.Scene): Promise<{ took: number; notice: string }> {
  const begun = Date.now();
  story.comment(instance, scene, "/stop");
  const state = await story.untilOver(instance, scene, 30_000);
  expect(state.outcome).toMatchObject({ outcome: "cancelled" });
  const notice = await story.said(instance, scene, /\*\*Stopped\*\* by `maintainer`/);
  await eventually("its sandboxes to be gone", async () => (await sandboxesOf(scene)).length === 0);
  return { took: Date.now() - begun, notice };
}

async function approved(scene: story.Scene): Promise<void> {
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
}

const labeled = (scene: story.Scene): void => instance.github.label(scene.issue, "maintainer", "journeyman");

interface Situation {
  readonly name: string;
  readonly arrive: (scene: story.Scene) => Promise<unknown>;
  readonly files?: typeof story.FILES;
  /** Whether a sandbox is up, so that its end can be seen. */
  readonly sandbox?: boolean;
  /** Changed files that are kept. */
  readonly kept?: number;
}

/** A request to GitHub that is never answered: the state it belongs to lasts until somebody ends it. */
async function hanging(method: string, route: RegExp, skip = 0): Promise<{ readonly reached: () => Promise<unknown> }> {
  const fault = instance.github.fault({ match: { method, route }, kind: "hang", skip });
  return { reached: () => eventually(`${method} ${route} to be under way`, () => fault.hits === 1) };
}

const SITUATIONS: readonly Situation[] = [
  {
    name: "reading the issue, with a GitHub that does not answer",
    async arrive(scene) {
      // The first time it is read to consider the label; the run begins after that.
      const request = await hanging("GET", /\/issues\/\d+$/, 1);
      labeled(scene);
      await request.reached();
    },
  },
  {
    name: "publishing, with a GitHub that does not answer",
    kept: 1,
    async arrive(scene) {
      const request = await hanging("POST", /\/git\/blobs$/);
      await approved(scene);
      await request.reached();
    },
  },
  {
    name: "planning",
    sandbox: true,
    async arrive(scene) {
      labeled(scene);
      await story.untilFact(instance, scene, "model.requested", ({ conversation }) => conversation === "plan.1");
    },
  },
  {
    name: "exploring",
    sandbox: true,
    async arrive(scene) {
      labeled(scene);
      await story.untilFact(instance, scene, "model.requested", ({ conversation }) => conversation === "explore.1.2");
    },
  },
  {
    name: "asking",
    async arrive(scene) {
      labeled(scene);
      await story.said(instance, scene, /Which one\?/);
    },
  },
  { name: "waiting", arrive: (scene) => story.untilPlan(instance, scene) },
  {
    name: "preparing",
    sandbox: true,
    files: { ...story.FILES, "test/slow.test.js": SLEEPING_TESTS },
    async arrive(scene) {
      await approved(scene);
      await story.untilFact(instance, scene, "workspace.opened", ({ purpose }) => purpose === "baseline");
    },
  },
  {
    name: "thinking",
    sandbox: true,
    async arrive(scene) {
      await approved(scene);
      await story.untilFact(instance, scene, "model.requested", ({ conversation }) => conversation === "implement.1");
    },
  },
  {
    name: "running",
    sandbox: true,
    kept: 1,
    async arrive(scene) {
      await approved(scene);
      await story.untilFact(instance, scene, "tool.called", ({ name }) => name === "bash");
    },
  },
  {
    name: "parked",
    kept: 1,
    async arrive(scene) {
      await approved(scene);
      await story.said(instance, scene, /Held up/);
    },
  },
  {
    name: "verifying",
    sandbox: true,
    kept: 1,
    files: { ...story.FILES, "test/slow.test.js": SLEEPING_ON_THE_CHANGE },
    async arrive(scene) {
      await approved(scene);
      await story.untilFact(instance, scene, "workspace.opened", ({ purpose }) => purpose === "verify-0");
    },
  },
];

test.each(SITUATIONS)(
  "/stop while $name ends the run and its sandbox within 10 s, says what was kept and leaves nothing behind",
  async ({ name, arrive, files, sandbox = false, kept = 0 }) => {
    const [about = ""] = name.split(",");
    const scene = await open(about, files);
    await arrive(scene);
    if (sandbox) expect(await sandboxesOf(scene), "a sandbox that can be ended").not.toEqual([]);
    const { took, notice } = await stop(scene);
    expect(took).toBeLessThan(10_000);
    expect(notice).toContain(
      kept === 0 ? "Nothing was changed in the repository." : `${kept} changed file is kept with the run.`,
    );
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
