import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import { call, slow } from "../support/scripted-model/answer.ts";
import * as story from "../support/story.ts";

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({
    script: story.cases({
      limited: {}, gone: {}, stopPr: {}, late: {}, stopMid: {executor: [slow(30_000, story.submitWork())]},
      busy: { executor: [call("bash", { command: "sleep 12" }), story.edit(story.BUGGY, story.FIXED), story.submitWork()] },
    }),
  });
});
afterAll(() => instance.stop());
const open = (name: string) => story.openScene(instance, story.FILES, story.caseBody(name));
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));

test("secondary limit on comments, retry-after 60: attempts in 20 s", async () => {
  const scene = await open("limited");
  const fault = instance.github.fault({ match: { method: "POST", route: /\/issues\/\d+\/comments$/ }, kind: "secondary_limit", seconds: 60, times: 1000 });
  instance.github.label(scene.issue, "maintainer", "journeyman");
  await eventually("first hit", () => fault.hits === 1);
  await sleep(20_000);
  console.log("REVIEW limited: POSTs within 20 s although retry-after is 60:", fault.hits);
  fault.cancel();
  console.log("REVIEW facts", (await story.factsOfIssue(instance, scene)).length);
});

test("issue cannot be read when an approval is considered (404)", async () => {
  const scene = await open("gone");
  const plan = await story.untilPlan(instance, scene);
  await sleep(1500);
  const fault = instance.github.fault({ match: { method: "GET", route: /\/issues\/\d+$/ }, kind: "error_before", status: 410, times: 1000 });
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  story.comment(instance, scene, "/stop");
  await sleep(20_000);
  const state = await story.stateOfIssue(instance, scene);
  console.log("REVIEW gone: issue reads in 20 s:", fault.hits, "pending:", state?.commands.map((c) => c.command.name), "outcome", state?.outcome?.outcome);
  fault.cancel();
});

test("/status while a tool runs: when is it answered", async () => {
  const scene = await open("busy");
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  await story.untilFact(instance, scene, "tool.called", ({ name }) => name === "bash");
  const begun = Date.now();
  const id = story.comment(instance, scene, "/help");
  await eventually("reply", () => story.ours(instance, scene).find((b) => b.includes("Commands go on")));
  const state = await story.stateOfIssue(instance, scene);
  console.log("REVIEW /help answered after ms:", Date.now() - begun, "stage now", state?.stage, "accepted at once?", id);
});

test("/stop while the pull request is being opened", async () => {
  const scene = await open("stopPr");
  const plan = await story.untilPlan(instance, scene);
  const fault = instance.github.fault({ match: { method: "POST", route: /\/pulls$/ }, kind: "hang_after" });
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  await eventually("hang", () => fault.hits === 1);
  story.comment(instance, scene, "/stop");
  await story.said(instance, scene, /Stopped|failed/);
  await sleep(1000);
  console.log("REVIEW stop/publish PRs:", instance.github.pullRequests(scene.repository).length, "branches", Object.keys(await instance.github.branches(scene.repository)));
  console.log("REVIEW comments:", story.ours(instance, scene).filter((b) => !b.includes("## Plan")).join("\n-----\n"));
}, 120_000);

test("/stop in mid model call: ledger", async () => {
  const scene = await open("stopMid");
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  await story.untilFact(instance, scene, "model.requested", ({ conversation }) => conversation === "implement.1");
  story.comment(instance, scene, "/stop");
  await story.untilOver(instance, scene);
  await sleep(1500);
  const state = await story.stateOfIssue(instance, scene);
  const facts = await story.factsOfIssue(instance, scene);
  console.log("REVIEW stopMid: cost", state?.costMicroUsd, "open call", state?.openCall?.reservedMicroUsd, "after end:", facts.slice(state?.outcome?.index).map((f) => f.event.type));
});

test("the last live edit meets a 502", async () => {
  const scene = await open("late");
  const plan = await story.untilPlan(instance, scene);
  await sleep(6000);
  const before = instance.github.comments(scene.issue).length;
  const fault = instance.github.fault({ match: { method: "PATCH", route: /\/comments\/\d+$/ }, kind: "error_before", times: 1, skip: 0 });
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  await eventually("hit", () => fault.hits === 1);
  story.comment(instance, scene, `/stop`);
  await story.untilOver(instance, scene);
  const first = story.ours(instance, scene)[0]?.split("\n").find((l) => l.includes("## Journeyman"));
  await sleep(5000);
  const last = story.ours(instance, scene)[0]?.split("\n").find((l) => l.includes("## Journeyman"));
  console.log("REVIEW late:", before, first, "=>", last);
  expect(last).toBe(first);
});
