import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunState } from "../../src/core/state.ts";
import { type Failed, forkStory, OTHER, PATIENT, STUCK, byModel } from "../support/fork-story.ts";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import * as story from "../support/story.ts";

/*
 * A run whose third fix failed is begun anew by a comment, with a model that finds the fault: it ends in a pull request, by a run of its own,
 * whatever kills the worker in between.
 */

let instance: Instance;
let on: ReturnType<typeof forkStory>;
beforeAll(async () => {
  instance = await startInstance({
    script: story.cases({
      comment: STUCK,
      "killed-1": STUCK,
      "killed-2": STUCK,
      "killed-3": STUCK,
      live: { executor: byModel(PATIENT, story.WORKING) },
    }),
  });
  on = forkStory(instance);
});
afterAll(() => instance.stop());

const RETRY = `/retry from=implement model=${OTHER}`;

/** The run that went on with the work, and that it did so once and for all to see. */
async function assertWentOn({ scene, state }: Pick<Failed, "scene" | "state">): Promise<RunState> {
  const run = await eventually("the other run", async () => (await on.forksOf(state.run))[0]?.run);
  const later = await eventually("its end", async () => {
    const now = await on.stateOf(run);
    return now.outcome !== null && now.effects[`status.${now.restedAt}`] ? now : null;
  });
  await on.atRest();
  await on.onlyFork(state.run);
  expect(later.outcome?.outcome).toBe("pull_request");
  expect(later.approval?.by.login).toBe("maintainer");
  expect(instance.github.pullRequests(scene.repository)).toHaveLength(1);
  const statuses = story.ours(instance, scene).filter((body) => body.includes("## Journeyman:"));
  expect(statuses).toHaveLength(2);
  expect(statuses[0]).toContain(`Goes on as run \`${run}\`, stage \`implement\` anew`);
  expect(statuses[1]).toContain(`Goes on from run \`${state.run}\`, stage \`implement\` anew`);
  expect(story.ours(instance, scene).filter((body) => body.includes("## Plan 1:"))).toHaveLength(1);
  return later;
}

test("from a stage, with another model, ends in a pull request by a run of its own that pays its own calls only", async () => {
  const failed = await on.failedRun("comment");
  const before = await on.spent(failed.state);
  await story.said(instance, failed.scene, /The tests still fail after 3 fixes.*comment `\/retry from=implement`/s);
  story.comment(instance, failed.scene, "/retry from=publish");
  await story.said(instance, failed.scene, /has not come to the stage `publish`.*It has begun: .*implement, verify/);
  story.comment(instance, failed.scene, RETRY);
  const later = await assertWentOn(failed);
  const start = failed.facts.findIndex(({ event }) => event.type === "stage.started" && event.stage === "implement");
  expect(later.fork).toMatchObject({ at: start - 1, publish: true, model: OTHER, from: "implement" });
  expect(await on.spent(failed.state)).toBe(before + later.costMicroUsd);
  expect((await on.stateOf(failed.state.run)).outcome?.outcome).toBe("failed");
});

const KILLS = ["append.after:run.superseded", "fork.before", "fork.after"] as const;
test.each(KILLS.map((point, at) => [point, `killed-${at + 1}`] as const))(
  "a kill at %s is settled at the next start: one run goes on, once",
  async (point, name) => {
    const failed = await on.failedRun(name);
    await instance.server.stop();
    await instance.restart({ JOURNEYMAN_FAILPOINT: `${point}=kill` });
    const { pid } = instance.server;
    story.comment(instance, failed.scene, RETRY);
    await eventually("the kill", () => isGone(pid));
    await instance.restart();
    await assertWentOn(failed);
  },
);

test("of a run at work begins its stage anew in another run, and the first one ends as superseded", async () => {
  const scene = await on.approved("live");
  await story.untilFact(instance, scene, "model.requested", ({ conversation }) => conversation === "implement.1");
  const state = await story.stateOfIssue(instance, scene);
  if (state === null) throw new TypeError("there is a run");
  story.comment(instance, scene, RETRY);
  await assertWentOn({ scene, state });
  const first = await on.stateOf(state.run);
  expect(first.outcome).toMatchObject({ outcome: "superseded", details: { from: "implement" } });
  expect(first.openCalls).toEqual({});
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
