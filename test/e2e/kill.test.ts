import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EventOf, RunEvent } from "../../src/core/events.ts";
import type { FaultSpec } from "../support/github/faults.ts";
import type { Files } from "../support/github/repositories.ts";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import { containersOf } from "../support/leftovers.ts";
import { call, slow } from "../support/scripted-model/answer.ts";
import { withoutMarks } from "../support/scripted-model/request.ts";
import { sorted } from "../support/story-roles.ts";
import * as story from "../support/story.ts";

/*
 * SIGKILL of the server in each stage of a run, then a new server on the same data directory. Every point tells one story with the same
 * end, so what is checked afterwards is the same: nothing lost, nothing doubled.
 */

const SLOW_TESTS = `${story.TEST}
test("takes its time", () => new Promise((resolve) => setTimeout(resolve, 1_500)));
`;
const FILES = { ...story.FILES, "test/money.test.js": SLOW_TESTS };

/** Its tests pass only with what its installation leaves at the very end. */
const WITH_DEPENDENCY = {
  ...story.FILES,
  ".gitignore": "node_modules/\n",
  ".github/journeyman.yml": `setup:
  command: "sleep 3; mkdir -p node_modules/x; echo ok > node_modules/x/y"
`,
  "test/installed.test.js": `import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
test("the dependency is whole", () => assert.equal(readFileSync("node_modules/x/y", "utf8"), "ok\\n"));
`,
};
const PLANNER = [slow(1_500, call("read", { path: "src/money.js" })), story.submitPlan(story.planOf("kill"))];
const EXECUTOR = [
  call("read", { path: "src/money.js" }),
  slow(1_500, story.edit(story.BUGGY, story.FIXED)),
  call("bash", { command: "sleep 2; echo done > /tmp/out; cat /tmp/out" }),
  story.submitWork(),
];

let instance: Instance;
beforeAll(async () => {
  const kill = { router: [slow(500, sorted())], planner: PLANNER, executor: EXECUTOR };
  instance = await startInstance({ script: story.cases({ kill }) });
});
afterAll(() => instance.stop());

type Moment = (scene: story.Scene) => Promise<unknown>;

const fact =
  <T extends RunEvent["type"]>(type: T, fits: (event: EventOf<T>) => boolean = () => true): Moment =>
  (scene) =>
    story.untilFact(instance, scene, type, fits);

/** The moment in which a request to GitHub is under way: with its effect done (`hang_after`) or not (`hang`). */
const during = (method: string, route: RegExp, kind: FaultSpec["kind"], skip = 0): Moment => {
  let armed: ReturnType<Instance["github"]["fault"]> | null = null;
  return async () => {
    armed ??= instance.github.fault({ match: { method, route }, kind, skip });
    const fault = armed;
    await eventually(`${method} ${route} to be under way`, () => fault.hits === 1);
  };
};

/** The moment in which the command that installs dependencies sleeps: its sandbox is up, and a second has passed. */
const installing: Moment = async (scene) => {
  await story.untilFact(instance, scene, "stage.started", ({ stage }) => stage === "prepare");
  await eventually("the installation's sandbox", async () =>
    (await containersOf(instance)).some((name) => name.endsWith("-install")),
  );
  await sleep(1_000);
};

interface Point {
  readonly name: string;
  readonly moment: Moment;
  /** Before the approval, or after it. */
  readonly when: "planning" | "waiting" | "working";
  readonly files: Files;
}

const point = (name: string, when: Point["when"], moment: Moment, files: Files = FILES): Point => ({
  name,
  when,
  moment,
  files,
});

const POINTS: readonly Point[] = [
  point("while the issue is read", "planning", during("GET", /\/issues\/\d+$/, "hang")),
  point(
    "after the status comment was posted, before that is written down",
    "planning",
    during("POST", /\/comments$/, "hang_after"),
  ),
  point(
    "while the issue is sorted",
    "planning",
    fact("model.requested", ({ conversation }) => conversation === "route.1"),
  ),
  point(
    "while the planner thinks",
    "planning",
    fact("model.requested", ({ conversation }) => conversation === "plan.1"),
  ),
  point(
    "after the plan was posted, before that is written down",
    "planning",
    during("POST", /\/comments$/, "hang_after", 1),
  ),
  point("while the plan waits", "waiting", async () => {}),
  point("while the approval is looked up", "working", during("GET", /\/permission$/, "hang")),
  point("while dependencies are installed", "working", installing, WITH_DEPENDENCY),
  point(
    "while the tests run on the base commit",
    "working",
    fact("workspace.opened", ({ purpose }) => purpose === "baseline"),
  ),
  point(
    "while the executor thinks",
    "working",
    fact("model.requested", ({ turn, conversation }) => turn === 2 && conversation === "implement.1"),
  ),
  point(
    "while a tool runs",
    "working",
    fact("tool.called", ({ name }) => name === "bash"),
  ),
  point(
    "while the tests run on the change",
    "working",
    fact("workspace.opened", ({ purpose }) => purpose === "verify-0"),
  ),
  point("before a blob was made", "working", during("POST", /\/git\/blobs$/, "hang")),
  point(
    "after the commit was made, before that is written down",
    "working",
    during("POST", /\/git\/commits$/, "hang_after"),
  ),
  point(
    "after the branch was made, before that is written down",
    "working",
    during("POST", /\/git\/refs$/, "hang_after"),
  ),
  point(
    "after the pull request was opened, before that is written down",
    "working",
    during("POST", /\/pulls$/, "hang_after"),
  ),
];

async function killAt(moment: Promise<unknown>): Promise<void> {
  await moment;
  await instance.server.kill();
  await instance.restart();
  await instance.github.webhooks.settled();
}

/** Requests of this run that carried the very same body as an earlier one. */
function sentAgain(from: number): number {
  const bodies = instance.model.requests.slice(from).map(({ raw }) => withoutMarks(raw));
  return bodies.length - new Set(bodies).size;
}

async function play({ when, moment, files }: Point): Promise<{ scene: story.Scene; requests: number }> {
  const requests = instance.model.requests.length;
  const scene = await story.openScene(instance, files, story.caseBody("kill"));
  const begun = when === "planning" ? killAt(moment(scene)) : null;
  const posted = await story.untilPlan(instance, scene);
  await begun;
  if (when === "waiting") await killAt(moment(scene));
  const struck = when === "working" ? killAt(moment(scene)) : null;
  story.comment(instance, scene, `/approve ${story.digestIn(posted)}`);
  await struck;
  return { scene, requests };
}

test.each(POINTS)("kill -9 $name: the run goes on with nothing lost and nothing doubled", async (at) => {
  const { scene, requests } = await play(at);
  const state = await story.untilOver(instance, scene, 120_000);
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });

  const comments = story.ours(instance, scene);
  expect(comments.filter((body) => body.includes("## Journeyman:"))).toHaveLength(1);
  expect(comments.filter((body) => body.includes("## Plan 1:"))).toHaveLength(1);
  expect(comments, "no comment but status and plan").toHaveLength(2);
  const [pull, ...more] = instance.github.pullRequests(scene.repository);
  expect(more).toEqual([]);
  const branches = await instance.github.branches(scene.repository);
  expect(new Set(Object.keys(branches))).toEqual(new Set([pull?.head, "main"]));
  expect((await instance.github.tree(scene.repository, pull?.head ?? ""))["src/money.js"]?.content).toBe(story.FIXED);
  expect(sentAgain(requests), "at most the turn in flight is sent again").toBeLessThanOrEqual(1);
  const facts = await story.factsOfIssue(instance, scene);
  expect(facts.map(({ index }) => index)).toEqual(facts.map((_, index) => index));
  const installed = facts.flatMap(({ event }) => (event.type === "setup.finished" ? [event.exitCode] : []));
  expect(installed, "the installation that was cut off left nothing behind, and was done again").toEqual(
    at.files === WITH_DEPENDENCY ? [0] : [],
  );
});

test("no sandbox is left of any of them", async () => {
  await eventually("no container of this instance", async () => (await containersOf(instance)).length === 0, 90_000);
});

test("nothing that was asked of GitHub is unknown to GitHub", () => {
  expect(instance.github.faults).toEqual([]);
});
