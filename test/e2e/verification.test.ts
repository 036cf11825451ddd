import { afterAll, beforeAll, expect, test } from "vitest";
import type { Files } from "../support/github/repositories.ts";
import { type Instance, startInstance } from "../support/instance.ts";
import { call } from "../support/scripted-model/answer.ts";
import * as story from "../support/story.ts";

const BROKEN_TEST = `import assert from "node:assert/strict";
import { test } from "node:test";
test("the moon is made of cheese", () => assert.equal("rock", "cheese"));
`;
const WITH_BROKEN_BASE: Files = { ...story.FILES, "test/moon.test.js": BROKEN_TEST };
const NO_TESTS: Files = { "src/money.js": story.BUGGY, "README.md": "# Shop\n" };
const DRAFTS: Files = { ...story.FILES, ".github/journeyman.yml": "publish:\n  on_failure: draft\n" };

/** Each attempt makes a change that does not help, and a different one each time. */
const NEVER_FIXED = [
  story.edit(story.BUGGY, story.HALF_FIXED),
  story.submitWork(),
  ...[1, 2, 3].flatMap((attempt) => [
    call("write", { path: "notes.txt", content: `attempt ${attempt}\n` }),
    story.submitWork(),
  ]),
];

/** The first attempt fails the tests, the second passes. */
const SECOND_TRY = [
  story.edit(story.BUGGY, story.HALF_FIXED),
  story.submitWork(),
  story.edit(story.HALF_FIXED, story.FIXED),
  story.submitWork(),
];

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({
    script: story.cases({
      "never-fixed": { executor: NEVER_FIXED },
      "kept-as-draft": { executor: NEVER_FIXED },
      "second-try": { executor: SECOND_TRY },
      "broken-base": {
        executor: [story.edit(story.BUGGY, story.FIXED), story.submitWork(["the moon is made of cheese"])],
      },
      "no-tests": { executor: [story.edit(story.BUGGY, story.FIXED), story.submitWork()] },
      "nothing-done": { executor: [story.submitWork()] },
    }),
  });
});
afterAll(() => instance.stop());

async function play(name: string, files: Files = story.FILES) {
  const scene = await story.openScene(instance, files, story.caseBody(name));
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  return { scene, plan, state: await story.untilOver(instance, scene) };
}

test("a failing first attempt is fixed by the second, and the pull request shows both", async () => {
  const { scene, state } = await play("second-try");
  expect(state.attempts.map((report) => report?.exitCode)).toEqual([1, 0]);
  expect(state.baseline?.failing).toEqual(["half a cent is rounded up"]);
  const [pull] = instance.github.pullRequests(scene.repository);
  expect(pull?.body).toMatch(/baseline.*\n.*attempt 1.*\n.*final \(attempt 2\)/);
  expect(pull?.body).toContain("**No longer failing**");
});

test("three failed fixes end in a clear comment and no pull request", async () => {
  const { scene, state } = await play("never-fixed");
  expect(state.outcome).toMatchObject({ outcome: "failed", code: "tests_failed" });
  expect(state.attempts).toHaveLength(4);
  const notice = await story.said(instance, scene, /still fail after 3 fixes/);
  expect(notice).toContain("attempt 1");
  expect(instance.github.pullRequests(scene.repository)).toEqual([]);
  expect(Object.keys(await instance.github.branches(scene.repository))).toEqual(["main"]);
});

test("three failed fixes are kept as a draft when the settings say so", async () => {
  const { scene, state } = await play("kept-as-draft", DRAFTS);
  expect(state.outcome).toMatchObject({ outcome: "draft" });
  const [pull] = instance.github.pullRequests(scene.repository);
  expect(pull).toMatchObject({ draft: true });
  expect(pull?.body).toContain("The tests fail on this change");
});

test("a test that failed at the base commit already is reported as such", async () => {
  const { scene, state } = await play("broken-base", WITH_BROKEN_BASE);
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  const [pull] = instance.github.pullRequests(scene.repository);
  expect(pull?.body).toMatch(/Already failing before this change\*\*\s+- `the moon is made of cheese`/);
  expect(pull?.body).not.toContain("Newly failing");
});

test("a repository without tests: the plan says so, and the pull request says that nothing was verified", async () => {
  const { scene, plan } = await play("no-tests", NO_TESTS);
  expect(plan).toContain("No test command was found");
  const [pull] = instance.github.pullRequests(scene.repository);
  expect(pull?.body).toContain("Nothing was verified");
});

test("work that changes nothing opens no pull request", async () => {
  const { scene, state } = await play("nothing-done");
  expect(state.outcome?.outcome).toBe("failed");
  expect(instance.github.pullRequests(scene.repository)).toEqual([]);
});

test("nothing that was asked of GitHub is unknown to GitHub", () => {
  expect(instance.github.faults).toEqual([]);
});
