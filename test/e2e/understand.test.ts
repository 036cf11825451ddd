import { afterAll, beforeAll, expect, test } from "vitest";
import type { EventOf } from "../../src/core/events.ts";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import { slow, text } from "../support/scripted-model/answer.ts";
import type { ScriptRequest } from "../support/scripted-model/request.ts";
import type { Script } from "../support/scripted-model/script.ts";
import { found, sorted } from "../support/story-roles.ts";
import * as story from "../support/story.ts";

const WHERE = "Where is rounding done?";
const WHO = "Who calls round()?";
const UNCLEAR = "Whether negative amounts are meant too";

/** Requests of explorers that wait for each other: readers that came one after another would never be answered. */
const waiting = new Set<string>();
async function together({ task }: ScriptRequest) {
  waiting.add(task.includes(WHERE) ? WHERE : WHO);
  await eventually("both readers at once", () => waiting.size === 2, 30_000);
  return task.includes(WHERE)
    ? found({
        answer: "In round() of src/money.js:1.",
        files: [
          { path: "./src/money.js", symbols: ["round"], why: "It rounds." },
          { path: "src/gone.js", symbols: [], why: "It is not there." },
        ],
        conventions: ["No dependencies."],
      })
    : found({
        answer: "Only test/money.test.js:3.",
        files: [{ path: "src/money.js", symbols: ["round", "cents"], why: "It is called." }],
        conventions: ["no  dependencies."],
      });
}

const exploring = (explorer: Script): story.Case => ({
  router: [sorted({ difficulty: "hard", explore: [WHERE, WHO], unclear: [UNCLEAR] })],
  explorer,
});

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({
    script: story.cases({
      easy: { router: [sorted({ difficulty: "easy", explore: [WHERE] })] },
      hard: exploring(together),
      question: {
        router: [sorted({ kind: "question", reason: "It asks why 1.005 is 1." }), sorted({ kind: "feature" })],
      },
      guided: { router: [sorted({ kind: "not_for_us", reason: "It is about the weather." })] },
      silent: exploring(({ task }) => (task.includes(WHERE) ? text("I would rather talk.") : found())),
      poor: { router: [sorted({ difficulty: "hard", explore: [WHERE] })] },
      alone: exploring([found()]),
      nonsense: { router: () => text("This is a nice issue.") },
      killed: exploring(({ task, attempt }) =>
        task.includes(WHERE) || attempt > 1 ? found() : slow(120_000, found()),
      ),
    }),
  });
});
afterAll(() => instance.stop());

const open = (name: string, settings?: string) =>
  story.openScene(
    instance,
    settings === undefined ? story.FILES : { ...story.FILES, ".github/journeyman.yml": settings },
    story.caseBody(name),
  );

/** What was asked of a role for an issue, by the first words of its system text. */
const asked = (name: string, start: string): ScriptRequest[] =>
  instance.model.requests.flatMap(({ request }) =>
    request !== null && request.system.startsWith(start) && request.task.includes(`case ${name})`) ? [request] : [],
  );

async function finish(scene: story.Scene, plan: string) {
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  const state = await story.untilOver(instance, scene);
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  return state;
}

async function begun(scene: story.Scene, conversation: string): Promise<EventOf<"conversation.started">> {
  const facts = await story.factsOfIssue(instance, scene);
  const fact = facts.find(({ event }) => event.type === "conversation.started" && event.conversation === conversation);
  return fact?.event as EventOf<"conversation.started">;
}

test("an easy issue is explored by nobody and carried out by the cheaper executor, with the reason written down", async () => {
  const scene = await open("easy");
  await finish(scene, await story.untilPlan(instance, scene));
  expect(asked("easy", "You explore")).toEqual([]);
  expect(new Set(asked("easy", "You carry out").map(({ model }) => model))).toEqual(new Set(["claude-sonnet-5"]));
  expect(await begun(scene, "implement.1")).toMatchObject({
    role: "executor_easy",
    reason: "difficulty easy → executor_easy claude-sonnet-5/medium",
  });
});

test("a hard issue is explored by readers side by side, their findings reach the planner, and the strong executor works", async () => {
  const scene = await open("hard");
  const plan = await story.untilPlan(instance, scene);
  expect(asked("hard", "You explore")).toHaveLength(2);
  const state = await finish(scene, plan);
  expect(state.exploration).toMatchObject({
    answers: [
      { question: WHERE, answer: "In round() of src/money.js:1." },
      { question: WHO, answer: "Only test/money.test.js:3." },
    ],
    files: [{ path: "src/money.js", symbols: ["round", "cents"], why: "It rounds." }],
    conventions: ["No dependencies."],
    tests: "npm test",
    failed: [],
  });
  const [planning] = asked("hard", "You plan");
  for (const part of [UNCLEAR, "Only test/money.test.js:3.", "let the plan say how, or call ask"])
    expect(planning?.task).toContain(part);
  expect(await begun(scene, "implement.1")).toMatchObject({ role: "executor_hard", effort: "high" });
});

test("a new plan for the same issue on the same commit is made without sorting and exploring again", async () => {
  waiting.clear();
  const scene = await open("hard");
  await story.untilPlan(instance, scene);
  const before = [asked("hard", "You sort").length, asked("hard", "You explore").length];
  story.comment(instance, scene, "/revise Say what happens to negative amounts.");
  await story.untilPlan(instance, scene, 2);
  expect([asked("hard", "You sort").length, asked("hard", "You explore").length]).toEqual(before);
  expect(asked("hard", "You plan").at(-1)?.task).toContain("Only test/money.test.js:3.");
});

test("a question is asked about before anything is planned, and the answer leads to a plan", async () => {
  const scene = await open("question");
  instance.github.label(scene.issue, "maintainer", "journeyman");
  const question = await story.said(instance, scene, /reads like a question/);
  expect(question).toContain("It asks why 1.005 is 1");
  expect(asked("question", "You plan")).toEqual([]);
  story.comment(instance, scene, "/answer Yes: it should give 1.01.", "reporter");
  const plan = await story.said(instance, scene, /## Plan 1:/);
  expect(JSON.stringify(asked("question", "You sort").at(-1)?.messages)).toContain("Yes: it should give 1.01.");
  expect(asked("question", "You plan")[0]?.task).toContain("Yes: it should give 1.01.");
  await finish(scene, plan);
});

test("a maintainer's own words are wish enough: nothing is asked, whatever the router thinks", async () => {
  const scene = await open("guided");
  story.comment(instance, scene, "/plan Round half a cent up.");
  await story.said(instance, scene, /## Plan 1:/);
  expect(asked("guided", "You sort")).toHaveLength(1);
  expect((await story.stateOfIssue(instance, scene))?.questions).toBe(0);
});

test("a reader that fails costs its question and nothing else", async () => {
  const scene = await open("silent");
  await story.untilPlan(instance, scene);
  const state = await story.stateOfIssue(instance, scene);
  expect(state?.exploration).toMatchObject({
    answers: [{ question: WHO }],
    failed: [{ question: WHERE, cause: "It answered with text instead of findings." }],
  });
});

test("a router that answers nonsense ends no run: the issue counts as medium, and it is said why", async () => {
  const scene = await open("nonsense");
  const state = await finish(scene, await story.untilPlan(instance, scene));
  expect(state.routing).toMatchObject({
    difficulty: "medium",
    explore: [],
    reason: "Not sorted, because the router gave no usable answer; it counts as medium.",
  });
});

test("a router that may not spend what it needs is not asked, and the issue counts as medium", async () => {
  const scene = await open("poor", "models:\n  router:\n    max_usd: 0.0001\n");
  await story.untilPlan(instance, scene);
  expect(asked("poor", "You sort")).toEqual([]);
  expect((await story.stateOfIssue(instance, scene))?.routing).toMatchObject({
    difficulty: "medium",
    reason: expect.stringContaining("the router's budget was used up"),
  });
});

test("where the settings allow no readers, a hard issue is planned from the planner's own reading", async () => {
  const scene = await open("alone", "understand:\n  explorers: 0\n");
  await story.untilPlan(instance, scene);
  expect(asked("alone", "You explore")).toEqual([]);
});

test("a worker that is killed while readers explore loses no finding and pays for none twice", async () => {
  const scene = await open("killed");
  instance.github.label(scene.issue, "maintainer", "journeyman");
  const slowOne = asked.bind(null, "killed", "You explore");
  await story.untilFact(instance, scene, "model.responded", ({ conversation }) => conversation === "explore.1.1");
  await eventually("the slow reader's request", () => slowOne().length === 2);
  await instance.server.kill();
  await instance.restart();
  const plan = await story.said(instance, scene, /## Plan 1:/);
  const sent = slowOne();
  expect(sent.filter(({ task }) => task.includes(`"${WHERE}"`))).toHaveLength(1);
  expect(sent.filter(({ task }) => task.includes(`"${WHO}"`))).toHaveLength(2);
  expect(asked("killed", "You sort")).toHaveLength(1);
  const state = await finish(scene, plan);
  expect(state.exploration?.answers).toHaveLength(2);
  expect(state.openCalls).toEqual({});
});

test("nothing that was asked of GitHub is unknown to GitHub", () => {
  expect(instance.github.faults).toEqual([]);
});
