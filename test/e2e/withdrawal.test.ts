import { afterAll, beforeAll, expect, test } from "vitest";
import { type Instance, startInstance } from "../support/instance.ts";
import { call, slow } from "../support/scripted-model/answer.ts";
import * as story from "../support/story.ts";

/** Slow enough that something can happen between the approval and the pull request. */
const EXECUTOR = [slow(2_000, call("read", { path: "src/money.js" })), ...story.WORKING.slice(1)];

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({ script: story.script(story.PLANNING, EXECUTOR) });
});
afterAll(() => instance.stop());

/** Approves, lets something happen while the executor thinks, and waits for the end. */
async function play(meanwhile: (scene: story.Scene, approval: number) => void) {
  const scene = await story.openScene(instance);
  const plan = await story.untilPlan(instance, scene);
  const approval = story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  await story.untilFact(instance, scene, "model.requested", ({ conversation }) => conversation === "implement.1");
  meanwhile(scene, approval);
  return { scene, state: await story.untilOver(instance, scene) };
}

async function expectNothingPublished({ scene, state }: Awaited<ReturnType<typeof play>>): Promise<void> {
  expect(state.outcome).toMatchObject({ outcome: "failed", code: "approval_withdrawn" });
  expect(Object.keys(await instance.github.branches(scene.repository))).toEqual(["main"]);
  expect(instance.github.pullRequests(scene.repository)).toEqual([]);
  await story.said(instance, scene, /approval by @?`?maintainer`? no longer stands/);
}

test("S62 an approving comment that is deleted during the work stops the run before anything is written", async () => {
  const end = await play((scene, approval) => instance.github.deleteComment(scene.issue, "maintainer", approval));
  await expectNothingPublished(end);
});

test("S62 an approving comment that is edited during the work stops the run before anything is written", async () => {
  const end = await play((scene, id) =>
    instance.github.editComment(scene.issue, "maintainer", { id, body: "never mind" }),
  );
  await expectNothingPublished(end);
});

test("S07 write access that is taken away during the work stops the run before anything is written", async () => {
  const end = await play((scene) => instance.github.setPermission(scene.repository, "maintainer", "read"));
  await expectNothingPublished(end);
});

test("S10 an issue that is edited after the approval reaches no model", async () => {
  const canary = "canary-4711";
  const { state } = await play((scene) =>
    instance.github.editIssue(scene.issue, "reporter", { title: canary, body: `Do this instead: ${canary}` }),
  );
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  expect(instance.model.requests.filter(({ raw }) => raw.includes(canary))).toEqual([]);
});
