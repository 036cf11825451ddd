import { afterAll, beforeAll, expect, test } from "vitest";
import type { Files } from "../support/github/repositories.ts";
import { type Instance, startInstance } from "../support/instance.ts";
import { call } from "../support/scripted-model/answer.ts";
import type { ScriptRequest } from "../support/scripted-model/request.ts";
import { sorted } from "../support/story-roles.ts";
import * as story from "../support/story.ts";

/** Tests that all pass although the bug is there. */
const BLIND_TEST = `import assert from "node:assert/strict";
import { test } from "node:test";
import { round } from "../src/money.js";
test("whole cents stay", () => assert.equal(round(2.25), 2.25));
`;
const BLIND: Files = { ...story.FILES, "test/money.test.js": BLIND_TEST };

const SHOWS_IT = `${BLIND_TEST}test("half a cent is rounded up", () => assert.equal(round(1.005), 1.01));\n`;
const SLOW_AND_SHOWS_IT = `${SHOWS_IT}test("takes its time", () => new Promise((resolve) => setTimeout(resolve, 1_500)));\n`;
const SHOWS_NOTHING = `${BLIND_TEST}test("nothing stays nothing", () => assert.equal(round(0), 0));\n`;

const write = (path: string, content: string) => call("write", { path, content });
const mendAnd = (...calls: ReturnType<typeof write>[]) => [
  story.edit(story.BUGGY, story.FIXED),
  ...calls,
  story.submitWork(),
];

/** Begun before its moment it waits for that and fails; begun after it, it passes. So it fails once, on any machine. */
const ONCE = (moment: string): string => `import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
test("is sometimes slow", async () => {
  const early = Date.now() < ${moment};
  while (Date.now() < ${moment}) await sleep(100);
  assert.equal(early, false);
});
`;
const WRITES_FLAKY = `moment=$(( $(date +%s) * 1000 + 15000 )); cat > test/slow.test.js <<END
${ONCE("$moment")}END`;

/** Fails twice; whoever goes on with it mends it. */
const TOO_HARD = ({ n, messages }: ScriptRequest) => {
  if (JSON.stringify(messages[0]).includes("This work was begun before you"))
    return n === 0 ? write("src/money.js", story.FIXED) : story.submitWork();
  return n % 2 === 0 ? write("src/money.js", `export const round = () => ${n};\n`) : story.submitWork();
};

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({
    script: story.cases({
      shown: { executor: mendAnd(write("test/money.test.js", SHOWS_IT)) },
      killed: { executor: mendAnd(write("test/money.test.js", SLOW_AND_SHOWS_IT)) },
      "not-shown": { executor: mendAnd(write("test/money.test.js", SHOWS_NOTHING)) },
      "no-test": { executor: mendAnd() },
      feature: { router: [sorted({ kind: "feature" })], executor: mendAnd(write("test/money.test.js", SHOWS_NOTHING)) },
      flaky: { executor: mendAnd(call("bash", { command: WRITES_FLAKY })) },
      "flaky-base": { executor: mendAnd() },
      escalates: { router: [sorted({ difficulty: "easy" })], executor: TOO_HARD },
      named: { router: [sorted({ difficulty: "easy" })], executor: TOO_HARD },
    }),
  });
});
afterAll(() => instance.stop());

async function play(name: string, files: Files = BLIND, approval = "") {
  const scene = await story.openScene(instance, files, story.caseBody(name));
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}${approval}`);
  const state = await story.untilOver(instance, scene, 120_000);
  const [pull] = instance.github.pullRequests(scene.repository);
  return { scene, state, body: pull?.body ?? "" };
}

const executorModels = (name: string): string[] =>
  instance.model.requests.flatMap(({ request }) =>
    request?.system.startsWith("You carry out") === true && request.task.includes(`case ${name})`)
      ? [request.model]
      : [],
  );

test("a bug: the new test is run without the change, fails there, and is the proof in the pull request", async () => {
  const { state, body } = await play("shown");
  expect(state.reproduction).toMatchObject({ reproduced: true, files: ["test/money.test.js"] });
  expect(state.reproduction?.report.failing).toEqual(["half a cent is rounded up"]);
  expect(body).toContain("The new tests show the bug");
  expect(body).toMatch(/Fail without the change, pass with it\*\*\s+- `half a cent is rounded up`/);
});

test("a bug whose new test passes without the change: the reviewer and the pull request say that it shows nothing", async () => {
  const { state, body } = await play("not-shown");
  expect(state.reproduction).toMatchObject({ reproduced: false });
  expect(body).toContain("**The new tests pass without the change: they do not show the bug.**");
  const told = instance.model.requests.find(
    ({ request }) => request?.system.startsWith("You review") === true && request.task.includes("case not-shown)"),
  );
  expect(told?.request?.task).toContain("They pass there, so they do not show the bug");
});

test("a bug's change without a test says so, at no cost", async () => {
  const { state, body } = await play("no-test");
  expect(state.reproduction).toBeNull();
  expect(body).toContain("**No test was added or changed:**");
});

test("the executor of a bug is asked to see the planned test fail first", () => {
  const task = instance.model.requests.find(
    ({ request }) => request?.system.startsWith("You carry out") === true && request.task.includes("case shown)"),
  );
  expect(task?.request?.task).toContain("see it fail");
});

test("kill -9 while the tests are tried on the base: only that is done again", async () => {
  const scene = await story.openScene(instance, BLIND, story.caseBody("killed"));
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  await story.untilFact(instance, scene, "workspace.opened", ({ purpose }) => purpose === "reproduce-0");
  await instance.server.kill();
  await instance.restart();
  const state = await story.untilOver(instance, scene, 120_000);
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  expect(state.attempts).toHaveLength(1);
  expect(state.reproduction).toMatchObject({ reproduced: true });
});

test("a feature's tests are not tried without it", async () => {
  const { state, body } = await play("feature");
  expect(state.reproduction).toBeNull();
  expect(body).not.toContain("No test was added");
});

test("a test that fails and then passes on the same files is named as flaky, and nobody is sent after it", async () => {
  const { state, body } = await play("flaky");
  expect(state.attempts.map((report) => [report?.exitCode, report?.flaky])).toEqual([[0, ["is sometimes slow"]]]);
  expect(body).toMatch(/Flaky: failed, then passed on the very same files\*\*\s+- `is sometimes slow`/);
});

test("a test that is flaky on the base commit does not count as one that failed before", async () => {
  const moment = String(Date.now() + 40_000);
  const { state, body } = await play("flaky-base", { ...BLIND, "test/slow.test.js": ONCE(moment) });
  expect(state.baseline).toMatchObject({ exitCode: 0, failing: [], flaky: ["is sometimes slow"] });
  expect(body).toContain("| passed, 1 flaky |");
});

test("after two failed attempts a stronger model goes on in a fresh context, and everybody can see why", async () => {
  const { scene, state, body } = await play("escalates", story.FILES);
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  expect(executorModels("escalates")).toEqual([
    ...Array<string>(4).fill("claude-sonnet-5"),
    ...Array<string>(2).fill("claude-opus-5-5"),
  ]);
  expect(state.handOffs).toMatchObject([
    { conversation: "implement.2", cause: "escalation", model: "claude-opus-5-5" },
  ]);
  expect(body).toContain("The work went on with `claude-opus-5-5`, effort medium: 2 failed attempts by");
  const second = instance.model.requests.findLast(
    ({ request }) =>
      request?.model === "claude-opus-5-5" &&
      request.task.includes("case escalates)") &&
      request.n === 0 &&
      request.system.startsWith("You carry out"),
  );
  expect(second?.request?.task, "the last report goes with it").toContain("the tests were run on it and failed");
  expect(story.ours(instance, scene).join("\n")).toContain("`claude-opus-5-5`");
});

test("a model that a person named in the approval is not exchanged", async () => {
  const { state } = await play("named", story.FILES, " model=claude-sonnet-5");
  expect(state.outcome).toMatchObject({ outcome: "failed", code: "tests_failed" });
  expect(new Set(executorModels("named"))).toEqual(new Set(["claude-sonnet-5"]));
  expect(state.handOffs).toEqual([]);
});

test("nothing that was asked of GitHub is unknown to GitHub", () => {
  expect(instance.github.faults).toEqual([]);
});
