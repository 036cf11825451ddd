import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunEvent } from "../../src/core/events.ts";
import { timeline } from "../../src/views/timeline.ts";
import type { Files } from "../support/github/repositories.ts";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import { call, calls, text, type Turn } from "../support/scripted-model/answer.ts";
import type { ScriptRequest } from "../support/scripted-model/request.ts";
import { found, sorted } from "../support/story-roles.ts";
import * as story from "../support/story.ts";

const RESEARCH = "Which callers of round() depend on two decimals?";
const ADVICE = "Add Number.EPSILON before multiplying, and run the three tests.";

const skill = (front: string, body: string): string => `---\n${front}\n---\n\n${body}\n`;
const SKILLS = ".github/journeyman/skills";
const WITH_SKILLS = {
  ...story.FILES,
  [`${SKILLS}/money/SKILL.md`]: skill(
    "name: money\ndescription: How amounts are rounded here",
    "Round in cents. Always.",
  ),
  [`${SKILLS}/release/SKILL.md`]: skill("name: release\ndescription: How a release is made", "Tag it."),
  [`${SKILLS}/twice/SKILL.md`]: skill("name: money\ndescription: Another one", "Round up."),
  [`${SKILLS}/broken/SKILL.md`]: "Just text.\n",
  "CLAUDE.md": Buffer.from([0xff, 0xfe, 0, 1]),
};

/** One helper reads, one is asked for advice: both in one answer. */
const HELPED = [
  calls([
    { name: "task", input: { agent: "researcher", task: RESEARCH } },
    { name: "consult", input: { question: "How is half a cent rounded up?" } },
  ]),
  story.edit(story.BUGGY, story.FIXED),
  story.submitWork(),
];

/** The helper works in the executor's own workspace, on what it has changed so far. */
const TESTED = [
  story.edit(story.BUGGY, story.FIXED),
  call("task", { agent: "test_runner", task: "Run the tests and report what fails." }),
  story.submitWork(),
];
const RUNNING = [
  call("bash", { command: "node --test > tests.log 2>&1; grep -c EPSILON src/money.js" }),
  call("submit", { command: "node --test", summary: "All three pass.", failing: [] }),
];

/** Requests of helpers that wait for each other: if they came one after another, none would be answered. */
const waiting = new Set<string>();
const atOnce =
  (answer: Turn) =>
  async ({ system }: ScriptRequest): Promise<Turn> => {
    waiting.add(system.slice(0, 12));
    await eventually("all three readers at once", () => waiting.size === 3, 30_000);
    return answer;
  };
const THREE = ["researcher", "docs_reader", "code_reviewer"].map((agent) => ({
  name: "task",
  input: { agent, task: `What does the ${agent} see?` },
}));

/** Three questions to the strong model in each of its two conversations; the first one's two attempts fail. */
function consulting({ n, messages }: ScriptRequest): Turn {
  if (n < 3) return call("consult", { question: `Question ${n + 1}: what now?` });
  if (JSON.stringify(messages[0]).includes("begun by another model"))
    return n === 3 ? call("write", { path: "src/money.js", content: story.FIXED }) : story.submitWork();
  const broken = `export const round = () => ${n};\n`;
  return n % 2 === 1 ? call("write", { path: "src/money.js", content: broken }) : story.submitWork();
}

let instance: Instance;
beforeAll(async () => {
  const script = story.cases({
    helped: { executor: HELPED, explorer: [call("read", { path: "src/money.js" }), found()], adviser: [text(ADVICE)] },
    tested: { executor: TESTED, runner: RUNNING },
    failing: {
      executor: [
        call("task", { agent: "docs_reader", task: "What do the docs say about rounding?" }),
        ...story.WORKING,
      ],
      reader: () => text("I do not feel like reading."),
    },
    three: {
      executor: [calls([...THREE, { name: "skill", input: { name: "monny" } }]), ...story.WORKING],
      explorer: atOnce(found()),
      reader: atOnce(call("submit", { answer: "Nothing is written about it.", quotes: [], unknown: [] })),
      onlooker: atOnce(call("submit", { summary: "Half a cent is lost.", findings: [] })),
    },
    consulting: { executor: consulting, adviser: () => text(ADVICE) },
    skilled: {
      router: [sorted({ skills: ["money", "invented"] })],
      executor: [call("skill", { name: "money" }), ...story.WORKING],
    },
  });
  instance = await startInstance({ script });
});
afterAll(() => instance.stop());

async function play(name: string, files: Files = story.FILES) {
  const scene = await story.openScene(instance, files, story.caseBody(name));
  story.comment(instance, scene, `/approve ${story.digestIn(await story.untilPlan(instance, scene))}`);
  const state = await story.untilOver(instance, scene);
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  const facts = (await story.factsOfIssue(instance, scene)).map(({ event }) => event);
  return { state, facts };
}

const asked = (name: string, start: string): ScriptRequest[] =>
  instance.model.requests.flatMap(({ request }) =>
    request !== null && request.system.startsWith(start) && request.task.includes(`case ${name})`) ? [request] : [],
  );

const started = (facts: readonly RunEvent[], conversation: string) =>
  facts.find((fact) => fact.type === "conversation.started" && fact.conversation === conversation);

test("a researcher and the strong model help the executor: only their results reach it, and all they cost is the run's", async () => {
  const { state, facts } = await play("helped");
  const results = asked("helped", "You carry out")[1]?.results.map(({ content }) => content) ?? [];
  expect(results).toHaveLength(2);
  expect(JSON.parse(results[0] ?? "")).toMatchObject({ answer: expect.stringContaining("src/money.js:1") });
  expect(results[1]).toBe(ADVICE);

  expect(started(facts, "task.1")).toMatchObject({ role: "explorer", parent: { conversation: "implement.1" } });
  expect(started(facts, "consult.1")).toMatchObject({ role: "planner", model: "claude-opus-5-5", tools: [] });
  const [helper] = asked("helped", "You explore");
  expect(helper?.task).toContain(RESEARCH);
  expect(helper?.tools).toEqual(["read", "grep", "glob", "submit"]);
  const paid = facts.reduce((sum, fact) => sum + (fact.type === "model.responded" ? fact.costMicroUsd : 0), 0);
  expect(state.costMicroUsd).toBe(paid);
  expect(state.costByConversation["task.1"]).toBeGreaterThan(0);
});

test("a test runner works on the executor's own changes, and what it leaves in the workspace is a change like any other", async () => {
  const { state } = await play("tested");
  expect(asked("tested", "You run tests")[1]?.results[0]?.content).toContain("1");
  expect(state.checkpoint?.changes.map(({ path }) => path).toSorted()).toEqual(["src/money.js", "tests.log"]);
});

test("a helper that comes to nothing is a failed call, not a failed run", async () => {
  await play("failing");
  const [result] = asked("failing", "You carry out")[1]?.results ?? [];
  expect(result).toMatchObject({ isError: true, content: expect.stringContaining("Go on without it") });
});

test("three kinds of readers work side by side, each with what it needs to read and no more; a skill that does not exist is answered with those that do", async () => {
  const { facts } = await play("three", WITH_SKILLS);
  const [researcher, reader, onlooker, skill] = asked("three", "You carry out")[1]?.results ?? [];
  expect([researcher, reader, onlooker].map((result) => Object.keys(JSON.parse(result?.content ?? "")))).toEqual([
    ["answer", "files", "conventions", "unknown"],
    ["answer", "quotes", "unknown"],
    ["summary", "findings"],
  ]);
  const starts = ["You explore", "You read documentation", "You look over code"];
  for (const start of starts) expect(asked("three", start)[0]?.tools).toEqual(["read", "grep", "glob", "submit"]);
  expect(skill).toMatchObject({ isError: true, content: expect.stringContaining("money") });
  for (const [at, { input }] of THREE.entries())
    expect(started(facts, `task.${at + 1}`)).toMatchObject({ reason: expect.stringContaining(input.agent) });
});

test("the strong model answers five questions in a run, however many conversations ask; a sixth costs nothing", async () => {
  const { facts } = await play("consulting");
  expect(
    facts.filter((fact) => fact.type === "conversation.started" && fact.conversation.startsWith("consult.")),
  ).toHaveLength(5);
  const refused = facts.filter((fact) => fact.type === "tool.returned" && fact.content.includes("used_up"));
  expect(refused).toMatchObject([{ conversation: "implement.2", isError: true }]);
  expect(JSON.stringify(refused)).toContain("asked 5 times in this run");
});

test("skills: names are told, the router's proposal is passed on, a body is read only when it is loaded", async () => {
  const { state, facts } = await play("skilled", WITH_SKILLS);
  expect(state.intake?.skills?.map(({ name }) => name)).toEqual(["money", "release"]);
  expect(state.intake?.skillFaults).toEqual([
    { path: `${SKILLS}/broken/SKILL.md`, reason: "its first line is not `---`" },
    { path: `${SKILLS}/twice/SKILL.md`, reason: "another skill is named money too" },
  ]);
  expect(state.routing?.skills).toEqual(["money"]);
  const [planning] = asked("skilled", "You plan");
  expect(planning?.tools).toContain("skill");
  expect(planning?.task).toContain("How amounts are rounded here");
  const [first, second] = asked("skilled", "You carry out");
  expect(first?.task).toContain("Load these first: money.");
  expect(first?.task).toContain("How a release is made");
  expect(first?.task).not.toContain("Round in cents");
  expect(second?.results[0]?.content).toContain("Round in cents. Always.");
  expect(JSON.stringify(facts)).not.toContain("Tag it.");
  expect(instance.server.log.some((line) => line.includes("skill.left_out"))).toBe(true);
});

test("an instruction file that cannot be read is left out with its reason; the other is heard, and the run goes on", async () => {
  const { state } = await play("skilled", WITH_SKILLS);
  expect(state.intake?.instructions.map(({ path }) => path)).toEqual(["AGENTS.md"]);
  const faults = [{ path: "CLAUDE.md", reason: expect.stringContaining("not UTF-8 text") }];
  expect(state.intake?.instructionFaults).toEqual(faults);
  expect(timeline(await instance.journal.load(state.run), { all: false })).toContain("CLAUDE.md left out, because");
  expect(instance.server.log.some((line) => line.includes("instructions.left_out"))).toBe(true);
});
