import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import { call, slow } from "../support/scripted-model/answer.ts";
import { startPrivateRedis } from "../support/redis.ts";
import * as story from "../support/story.ts";

let instance: Instance;
let redis: Awaited<ReturnType<typeof startPrivateRedis>>;
beforeAll(async () => {
  redis = await startPrivateRedis();
  instance = await startInstance({
    environment: { REDIS_URL: redis.path },
    script: story.cases({
      stopPr: {},
      late: { executor: [slow(30_000, story.submitWork())] },
      restart: { executor: [slow(3_000, story.edit(story.BUGGY, story.FIXED)), story.submitWork()] },
      secret: {
        executor: [
          call("write", {
            path: "src/fixture.js",
            content:
              "export const sample = 'AKIAIOSFODNN7EXAMPLE';\nexport const token = 'ghp_abcdefghijklmnopqrstuvwxyz0123456789';\n",
          }),
          story.edit(story.BUGGY, story.FIXED),
          story.submitWork(),
        ],
      },
    }),
  });
});
afterAll(async () => {
  await instance.stop();
  await redis.remove();
});
const open = (name: string) => story.openScene(instance, story.FILES, story.caseBody(name));
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));

test("/stop while the pull request is being opened", async () => {
  const scene = await open("stopPr");
  const plan = await story.untilPlan(instance, scene);
  const fault = instance.github.fault({ match: { method: "POST", route: /\/pulls$/ }, kind: "hang_after" });
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  await eventually("hang", () => fault.hits === 1);
  const begun = Date.now();
  story.comment(instance, scene, "/stop");
  await story.said(instance, scene, /Stopped/);
  console.log("REVIEW stop said after", Date.now() - begun);
  await sleep(1000);
  console.log(
    "REVIEW stop/publish PRs:",
    instance.github.pullRequests(scene.repository).length,
    "branches",
    Object.keys(await instance.github.branches(scene.repository)),
  );
  console.log(
    "REVIEW comments:",
    story
      .ours(instance, scene)
      .filter((b) => !b.includes("## Plan"))
      .join("\n-----\n"),
  );
}, 120_000);

test("the last live edit meets two 502", async () => {
  const scene = await open("late");
  const plan = await story.untilPlan(instance, scene);
  await sleep(6000);
  const fault = instance.github.fault({
    match: { method: "PATCH", route: /\/comments\/\d+$/ },
    kind: "error_before",
    times: 2,
  });
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  await eventually("hit", () => fault.hits === 2);
  story.comment(instance, scene, `/stop`);
  await story.untilOver(instance, scene);
  const head = () =>
    story
      .ours(instance, scene)[0]
      ?.split("\n")
      .find((l) => l.includes("## Journeyman"));
  const first = head();
  await sleep(6000);
  console.log("REVIEW late:", first, "=>", head());
});

test("graceful restart in mid call", async () => {
  const scene = await open("restart");
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  await story.untilFact(instance, scene, "model.requested", ({ conversation }) => conversation === "implement.1");
  const b = Date.now();
  await instance.server.stop();
  console.log("REVIEW graceful stop took", Date.now() - b);
  await instance.restart();
  const state = await story.untilOver(instance, scene);
  const facts = await story.factsOfIssue(instance, scene);
  console.log(
    "REVIEW restart: cost",
    state.costMicroUsd,
    facts.filter((f) => f.event.type === "model.failed").map((f) => JSON.stringify(f.event)),
  );
});

test("redaction of a tool call's input", async () => {
  const scene = await open("secret");
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  const state = await story.untilOver(instance, scene);
  const [pull] = instance.github.pullRequests(scene.repository);
  console.log(
    "REVIEW secret:",
    state.outcome?.outcome,
    state.outcome?.code,
    pull && (await instance.github.tree(scene.repository, pull.head))["src/fixture.js"]?.content,
  );
});

test("shutdown without redis", async () => {
  await redis.kill();
  await sleep(500);
  const b = Date.now();
  await Promise.race([instance.server.stop(), sleep(60_000)]);
  console.log("REVIEW stop without redis took", Date.now() - b, instance.server.log.slice(-3).join("\n").slice(0, 600));
  await redis.restart();
  await instance.restart();
}, 120_000);
