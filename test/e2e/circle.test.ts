import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import { call } from "../support/scripted-model/answer.ts";
import type { ScriptRequest } from "../support/scripted-model/request.ts";
import { found, reviewed, sorted } from "../support/story-roles.ts";
import * as story from "../support/story.ts";

/* S90 a model that makes the same failing call again and again, in a whole run. */

const NOWHERE = call("read", { path: "src/nowhere.js" });
const EDIT = story.edit(story.BUGGY, story.FIXED);

/** Changes a file, then fails ten times the same way before it comes to its senses. */
const FAILS_TEN_TIMES = ({ n }: ScriptRequest) => {
  if (n === 0) return EDIT;
  return n <= 10 ? NOWHERE : story.submitWork();
};

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({
    script: story.cases({
      executor: { executor: FAILS_TEN_TIMES },
      reader: {
        router: [sorted({ explore: ["Where?", "Who?"] })],
        explorer: ({ task }) => (task.includes("Where?") ? NOWHERE : found()),
      },
      reviewer: { reviewer: ({ n }) => (n < 8 ? NOWHERE : reviewed()) },
    }),
  });
});
afterAll(() => instance.stop());

async function begin(name: string): Promise<story.Scene> {
  const scene = await story.openScene(instance, story.FILES, story.caseBody(name));
  story.comment(instance, scene, `/approve ${story.digestIn(await story.untilPlan(instance, scene))}`);
  return scene;
}

const notices = (scene: story.Scene): string[] =>
  story.ours(instance, scene).filter((body) => body.includes("it failed the same way each time"));

test("the executor's fifth holds the run up with its work, each /retry gives it five more, and the run comes to its pull request", async () => {
  const scene = await begin("executor");
  const first = await story.said(instance, scene, /to `read` 5 times/);
  expect(first).toMatch(/1 changed file.* kept with the run/);
  const parked = await story.stateOfIssue(instance, scene);
  expect(parked?.parked).toMatchObject({ code: "call_keeps_failing", resumeAt: null });
  const asked = instance.model.requests.length;
  story.comment(instance, scene, "/retry");
  await story.said(instance, scene, /to `read` 10 times/);
  expect(instance.model.requests).toHaveLength(asked + 5);
  expect(notices(scene)).toHaveLength(2);
  story.comment(instance, scene, "/retry");
  const state = await story.untilOver(instance, scene);
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  const [pull] = instance.github.pullRequests(scene.repository);
  expect((await instance.github.tree(scene.repository, pull?.head ?? ""))["src/money.js"]?.content).toBe(story.FIXED);
});

test("a reader's fifth costs its question and nothing else", async () => {
  const scene = await begin("reader");
  const state = await story.untilOver(instance, scene);
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  expect(state.exploration?.failed).toEqual([
    { question: "Where?", cause: expect.stringContaining("`read` 5 times and it failed the same way") },
  ]);
  expect(notices(scene)).toEqual([]);
});

test("a reviewer's fifth holds nothing up, and the pull request says that there was no review", async () => {
  const scene = await begin("reviewer");
  const state = await story.untilOver(instance, scene);
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  await eventually("the pull request", () => instance.github.pullRequests(scene.repository).length === 1);
  const [pull] = instance.github.pullRequests(scene.repository);
  expect(pull?.body).toContain("**Not reviewed:** the model made the same failing call again and again.");
});
