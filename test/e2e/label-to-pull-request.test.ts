import { afterAll, beforeAll, expect, test } from "vitest";
import { type Instance, startInstance } from "../support/instance.ts";
import * as story from "../support/story.ts";

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({ script: story.script(story.PLANNING, story.WORKING) });
});
afterAll(() => instance.stop());

test("a label becomes a plan, an approval becomes a pull request whose tests ran", async () => {
  const scene = await story.openScene(instance);
  const plan = await story.untilPlan(instance, scene);
  expect(plan).toContain("Nothing runs until someone with write access approves");
  expect(await instance.github.branches(scene.repository)).toEqual({ main: await scene.repository.headSha() });

  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  const state = await story.untilOver(instance, scene);
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });

  const [pull] = instance.github.pullRequests(scene.repository);
  expect(pull).toMatchObject({ draft: false, base: "main", state: "open" });
  expect(pull?.body).toContain(`Closes #${scene.issue.number}`);
  expect(pull?.body).toContain("half a cent is rounded up");
  const tree = await instance.github.tree(scene.repository, pull?.head ?? "");
  expect(tree["src/money.js"]?.content).toBe(story.FIXED);
  expect(Object.keys(tree).sort()).toEqual(Object.keys(story.FILES).sort());
  expect(instance.github.faults).toEqual([]);

  // Each role asks what its part of the work takes, and nobody asks besides.
  const asked = instance.model.requests.map(({ request }) => request?.system.split(" ", 2).join(" "));
  const countOf = (role: string): number => asked.filter((other) => other === role).length;
  expect(new Set(asked)).toEqual(new Set(["You sort", "You plan", "You carry", "You review"]));
  expect([countOf("You sort"), countOf("You plan")]).toEqual([1, story.PLANNING.length]);
  expect([countOf("You carry"), countOf("You review")]).toEqual([story.WORKING.length, 1]);
});
