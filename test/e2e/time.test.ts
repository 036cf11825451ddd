import { afterAll, beforeAll, expect, test } from "vitest";
import { type Instance, startInstance } from "../support/instance.ts";
import { call } from "../support/scripted-model/answer.ts";
import * as story from "../support/story.ts";

const EXECUTOR = [
  story.edit(story.BUGGY, story.FIXED),
  call("bash", { command: "sleep 300; echo late", timeout: 300 }),
  story.submitWork(),
];

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({ script: story.script(story.PLANNING, EXECUTOR) });
});
afterAll(() => instance.stop());

test("a command is ended with its stage's time, the model is asked nothing more, and what was done is kept", async () => {
  const settings = "limits: { stage_minutes: 1 }\n";
  const scene = await story.openScene(instance, { ...story.FILES, ".github/journeyman.yml": settings });
  story.comment(instance, scene, `/approve ${story.digestIn(await story.untilPlan(instance, scene))}`);
  const state = await story.untilOver(instance, scene, 150_000);
  expect(state.outcome).toMatchObject({
    outcome: "failed",
    code: "stage_time_limit",
    details: { minutes: 1, stage: "implement" },
  });
  expect(state.stageMs).toBeLessThan(75_000);
  const returned = (await story.factsOfIssue(instance, scene)).map(({ event }) => event);
  const cut = returned.findLast((event) => event.type === "tool.returned");
  expect(cut).toMatchObject({ isError: true, content: expect.stringContaining("timeout") });
  const executor = instance.model.requests.filter(({ request }) => request?.system.startsWith("You carry out"));
  expect(executor).toHaveLength(2);
  const notice = await story.said(instance, scene, /reached its limit of 1 minutes of work/);
  expect(notice).toContain("1 changed file is kept with the run");
});
