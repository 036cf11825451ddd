import { afterAll, beforeAll, expect, test } from "vitest";
import { type Instance, startInstance } from "../support/instance.ts";
import { call, slow } from "../support/scripted-model/answer.ts";
import { found, sorted } from "../support/story-roles.ts";
import * as story from "../support/story.ts";

/* A day's budget that has room for one of several conversations at a time. */

const QUESTIONS = ["Where is money rounded?", "Which tests cover it?", "Who calls round()?"];

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({
    script: story.cases({
      narrow: {
        router: [sorted({ explore: QUESTIONS })],
        explorer: [slow(700, call("read", { path: "src/money.js" })), slow(700, found())],
      },
    }),
  });
});
afterAll(() => instance.stop());

test("readers side by side that have room for one call wait for each other: none is cut off, nothing is paid for twice", async () => {
  const files = { ...story.FILES, ".github/journeyman.yml": "budget: { repository_day_usd: 0.12 }\n" };
  const scene = await story.openScene(instance, files, story.caseBody("narrow"));
  instance.github.label(scene.issue, "maintainer", "journeyman");
  await story.untilFact(instance, scene, "exploration.finished");
  const facts = (await story.factsOfIssue(instance, scene)).map(({ event }) => event);
  expect(facts.filter(({ type }) => type === "run.parked" || type === "model.failed")).toEqual([]);
  expect(
    facts.filter((fact) => fact.type === "model.requested" && fact.conversation.startsWith("explore.")),
  ).toHaveLength(2 * QUESTIONS.length);
});
