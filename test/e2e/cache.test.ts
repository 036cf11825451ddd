import { afterAll, beforeAll, expect, test } from "vitest";
import { type Instance, startInstance } from "../support/instance.ts";
import { call } from "../support/scripted-model/answer.ts";
import { stem, withoutMarks } from "../support/scripted-model/request.ts";
import * as story from "../support/story.ts";

const TURNS = 30;
const EXECUTOR = [
  story.edit(story.BUGGY, story.FIXED),
  ...Array.from({ length: TURNS - 2 }, (_, turn) => call("bash", { command: `echo look number ${turn}; ls src` })),
  story.submitWork(),
];

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({ script: story.script(story.PLANNING, EXECUTOR) });
});
afterAll(() => instance.stop());

test("over a run of 30 turns each request extends the one before it, byte for byte, and 90 % of the input is read from the cache", async () => {
  const scene = await story.openScene(instance);
  story.comment(instance, scene, `/approve ${story.digestIn(await story.untilPlan(instance, scene))}`);
  const state = await story.untilOver(instance, scene);
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });

  const executor = instance.model.requests.filter(({ request }) => request?.system.startsWith("You carry out"));
  expect(executor).toHaveLength(TURNS);
  // The marks that say what to cache move from turn to turn; they are not part of what is cached. All else is compared as it was sent.
  const bodies = executor.map(({ raw }) => raw);
  for (const [at, body] of bodies.slice(1).entries()) {
    const start = `${stem(bodies[at] ?? "")},`;
    expect(withoutMarks(body).slice(0, start.length), `request ${at + 2} extends request ${at + 1}`).toBe(start);
  }

  const [read, all] = executor.reduce(
    ([cached, total], { usage }) => [
      cached + (usage?.cacheRead ?? 0),
      total + (usage?.cacheRead ?? 0) + (usage?.cacheWrite ?? 0) + (usage?.input ?? 0),
    ],
    [0, 0],
  );
  expect(read / all).toBeGreaterThanOrEqual(0.9);
});
