import { afterAll, beforeAll, expect, test } from "vitest";
import { usd } from "../../src/core/money/money.ts";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import { call, calls } from "../support/scripted-model/answer.ts";
import type { ScriptRequest } from "../support/scripted-model/request.ts";
import * as story from "../support/story.ts";

/* What people see of the executor at work, and what it hears from them. */

const QUESTIONS = ["Are negative amounts to be rounded as well?", "May the test of whole cents change?"];
const ANSWER = "1. Yes.\n2. No, leave it.";
const LIST = {
  items: [
    { id: "1", text: "See the test fail", status: "done", evidence: "half a cent is rounded up: 1, not 1.01" },
    { id: "2", text: "Mend round()", status: "in_progress" },
    { id: "3", text: "Run all tests", status: "pending" },
  ],
};

let instance: Instance;
beforeAll(async () => {
  const asks = [
    calls([{ name: "todo", input: LIST }]),
    story.edit(story.BUGGY, story.HALF_FIXED),
    call("ask", { questions: QUESTIONS }),
    story.edit(story.HALF_FIXED, story.FIXED),
    story.submitWork(),
  ];
  instance = await startInstance({
    script: story.cases({
      plain: {},
      asks: { executor: asks },
      endless: {
        executor: ({ n }: ScriptRequest) =>
          n === 0 ? story.edit(story.BUGGY, story.FIXED) : call("read", { path: "src/money.js", offset: n }),
      },
    }),
  });
});
afterAll(() => instance.stop());

async function approved(name: string, files = story.FILES): Promise<story.Scene> {
  const scene = await story.openScene(instance, files, story.caseBody(name));
  story.comment(instance, scene, `/approve ${story.digestIn(await story.untilPlan(instance, scene))}`);
  return scene;
}

const requests = (name: string): ScriptRequest[] =>
  instance.model.requests.flatMap(({ request }) =>
    request !== null && request.system.startsWith("You carry out") && request.task.includes(`case ${name})`)
      ? [request]
      : [],
  );

test("the executor's questions are numbered, its list stays in sight while it waits, a crash loses neither, and the answers come back quoted", async () => {
  const scene = await approved("asks");
  const question = await story.said(instance, scene, /this needs an answer/);
  expect(question).toContain("Before the work can go on");
  expect(question).toContain(`1. ${QUESTIONS[0]}\n2. ${QUESTIONS[1]}`);
  const status = (): string => story.ours(instance, scene).find((body) => body.includes("## Journeyman:")) ?? "";
  const shown = () => status().includes("question awaits an answer") && status().includes("- [ ] Mend round()");
  await eventually("the status to say that a question waits, and how far the work is", shown);
  expect(status()).toContain("- [x] See the test fail (half a cent is rounded up: 1, not 1.01)");

  await instance.server.kill();
  await instance.restart();
  const asked = requests("asks").length;
  expect(status()).toContain("- [ ] Mend round() **← now**");
  story.comment(instance, scene, `/answer ${ANSWER}\n\n<!-- and mend the rest -->`, "reporter");
  const state = await story.untilOver(instance, scene);
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  expect(state.todo).toEqual(LIST.items);
  const [heard] = requests("asks").slice(asked);
  expect(heard?.results.at(-1)?.content).toBe(`A person answered: ${JSON.stringify(ANSWER)}`);
  expect(JSON.stringify(heard?.messages).match(/See the test fail/g)).toHaveLength(1);
  expect(story.ours(instance, scene).filter((body) => body.includes("needs an answer"))).toHaveLength(1);
});

test("what a run cost stands in its pull request, by stage, and is the sum of what was paid", async () => {
  const scene = await approved("plain");
  const state = await story.untilOver(instance, scene);
  const body = instance.github.pullRequests(scene.repository)[0]?.body ?? "";
  const { understand = 0, plan = 0, implement = 0, review = 0 } = state.costByStage;
  for (const [stage, cost] of Object.entries({ understand, plan, implement, review })) {
    expect(cost, stage).toBeGreaterThan(0);
    expect(body).toContain(`| ${stage} | ${usd(cost)} |`);
  }
  expect(understand + plan + implement + review).toBe(state.costMicroUsd);
  expect(body).toContain(`| **all** | **${usd(state.costMicroUsd)}** |`);
});

test("an executor that never comes to an end is stopped at its turns, in a sentence, and what it changed is kept", async () => {
  const scene = await approved("endless", { ...story.FILES, ".github/journeyman.yml": "limits:\n  turns: 6\n" });
  const state = await story.untilOver(instance, scene);
  expect(state.outcome).toMatchObject({ outcome: "failed", code: "turn_limit", details: { turns: 6 } });
  expect(requests("endless")).toHaveLength(6);
  const notice = await story.said(instance, scene, /\*\*Stopped\.\*\*/);
  expect(notice).toContain("1 changed file is kept with the run");
});

test("nothing that was asked of GitHub is unknown to GitHub", () => {
  expect(instance.github.faults).toEqual([]);
});
