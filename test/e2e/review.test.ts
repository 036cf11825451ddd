import { afterAll, beforeAll, expect, test } from "vitest";
import type { Finding } from "../../src/core/review.ts";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import { call, slow, text } from "../support/scripted-model/answer.ts";
import type { ScriptRequest } from "../support/scripted-model/request.ts";
import { reviewed } from "../support/story-roles.ts";
import * as story from "../support/story.ts";

const MENDED = "export const round = (cents) => Math.round((cents + Number.EPSILON) * 100) / 100;\n";
const BLOCKER: Finding = {
  severity: "blocker",
  path: "src/money.js",
  line: 99,
  title: "The parameter has the wrong name @octocat",
  detail: "It holds an amount of cents. Closes #1.",
};
const FINDS_A_BLOCKER = [call("read", { path: "src/money.js" }), reviewed({ findings: [BLOCKER] })];

/** Breaks the change after the review, each time in another way, in whichever conversation it is. */
const BREAKS_IT = ({ n, messages }: ScriptRequest) => {
  const begun = JSON.stringify(messages[0]).includes("This work was begun before you");
  if (!begun && n === 0) return story.edit(story.BUGGY, story.FIXED);
  if (n % 2 === 1) return story.submitWork();
  return call("write", { path: "src/money.js", content: `export const round = () => ${begun ? 100 + n : n};\n` });
};

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({
    script: story.cases({
      blocker: {
        executor: [
          story.edit(story.BUGGY, story.FIXED),
          story.submitWork(),
          story.edit(story.FIXED, MENDED),
          story.submitWork(),
        ],
        reviewer: FINDS_A_BLOCKER,
      },
      breaks: { executor: BREAKS_IT, reviewer: FINDS_A_BLOCKER },
      "gives-up": {
        executor: [story.edit(story.BUGGY, story.FIXED), story.submitWork(), text("No."), text("No."), text("No.")],
        reviewer: FINDS_A_BLOCKER,
      },
      "only-talks": { reviewer: () => text("Looks good to me.") },
      killed: { reviewer: [slow(2_500, call("read", { path: "src/money.js" })), reviewed()] },
    }),
  });
});
afterAll(() => instance.stop());

async function begin(name: string, files = story.FILES): Promise<story.Scene> {
  const scene = await story.openScene(instance, files, story.caseBody(name));
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  return scene;
}

async function play(name: string, files = story.FILES) {
  const scene = await begin(name, files);
  const state = await story.untilOver(instance, scene);
  const [pull] = instance.github.pullRequests(scene.repository);
  const tree = pull === undefined ? {} : await instance.github.tree(scene.repository, pull.head);
  return { scene, state, pull, published: tree["src/money.js"]?.content };
}

const requestsOf = (role: string, name: string): ScriptRequest[] =>
  instance.model.requests.flatMap(({ request }) =>
    request?.system.startsWith(role) === true && request.task.includes(`case ${name})`) ? [request] : [],
  );

test("a review with a blocker is followed by one more fix, and the pull request says so", async () => {
  const { state, pull, published } = await play("blocker");
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  expect(state.attempts).toHaveLength(2);
  expect(state.reviews).toHaveLength(1);
  expect(published).toBe(MENDED);
  expect(pull?.body).toContain("**blocker** `src/money.js`");
  expect(pull?.body).toContain("worked on once more and tested again");
  const prose = pull?.body.replaceAll(/`[^`]*`/g, "") ?? "";
  expect(prose).not.toContain("@octocat");
  expect(prose.match(/closes #\d/gi)).toHaveLength(1);
});

test("the reviewer has a context of its own: issue, plan, diff and tests, and tools that only read", () => {
  const [first] = requestsOf("You review", "blocker");
  expect(first?.n).toBe(0);
  expect(first?.tools).toEqual(["read", "grep", "glob", "submit"]);
  expect(first?.task).toContain("1.005 is rounded down");
  expect(first?.task).toContain(story.PLAN.steps[0]);
  expect(first?.task).toContain("\\n+export const round = (amount) =\\u003e Math.round((amount + Number.EPSILON)");
  expect(first?.task).toContain("half a cent is rounded up");
  const submitted = "Rounds half a cent up by adding an epsilon.";
  expect(first?.task, "what the executor said of its work is not shown").not.toContain(submitted);
  const second = requestsOf("You review", "blocker")[1];
  expect(second?.results[0]?.content, "it sees the repository with the change in it").toContain("Number.EPSILON");
});

test("the executor is told the findings as the answer to its submit", () => {
  const told = requestsOf("You carry out", "blocker").find(({ n }) => n === 2);
  expect(told?.results[0]).toMatchObject({ isError: true });
  expect(told?.results[0]?.content).toContain("The parameter has the wrong name");
});

test("a fix after the review that breaks the tests does not lose the change that passed", async () => {
  const { state, pull, published } = await play("breaks");
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  expect(state.failures).toBe(4);
  expect(published).toBe(story.FIXED);
  expect(pull).toMatchObject({ draft: false });
  expect(pull?.body).toContain("The tests pass on exactly these files.");
  expect(pull?.body).toContain("its tests fail, so the change is published as it was reviewed");
});

test("a fix after the review that comes to no end does not lose it either", async () => {
  const { state, pull, published } = await play("gives-up");
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  expect(published).toBe(story.FIXED);
  expect(pull?.body).toContain("came to no end (the model's answers could not be used)");
});

test("a reviewer that submits nothing holds nothing up, and the pull request says that there was no review", async () => {
  const { scene, state, pull } = await play("only-talks");
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  expect(pull?.body).toContain("**Not reviewed:** the model's answers could not be used.");
  expect(story.ours(instance, scene).at(-1), "nobody is told that the run stopped").not.toContain("**Stopped.**");
});

test("a reviewer whose budget is used up holds nothing up either", async () => {
  const settings = "models:\n  reviewer:\n    max_usd: 0.0001\n";
  const { state, pull } = await play("blocker", { ...story.FILES, ".github/journeyman.yml": settings });
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  expect(pull?.body).toContain("**Not reviewed:** the budget for it was used up.");
  expect(state.parked).toBeNull();
});

test("where the settings switch reviews off there is none", async () => {
  const files = { ...story.FILES, ".github/journeyman.yml": "review:\n  enabled: false\n" };
  const { state, pull } = await play("blocker", files);
  expect(state.reviews).toEqual([]);
  expect(pull?.body).not.toContain("### Review");
});

test("kill -9 during the review: it goes on and nothing is paid for twice but the turn in flight", async () => {
  const from = instance.model.requests.length;
  const scene = await begin("killed");
  await story.untilFact(instance, scene, "model.requested", ({ conversation }) => conversation === "review.1");
  await instance.server.kill();
  await instance.restart();
  const state = await story.untilOver(instance, scene, 120_000);
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  expect(state.reviews).toHaveLength(1);
  const bodies = instance.model.requests.slice(from).map(({ raw }) => raw);
  expect(bodies.length - new Set(bodies).size).toBeLessThanOrEqual(1);
  await eventually("one pull request", () => instance.github.pullRequests(scene.repository).length === 1);
});

test("nothing that was asked of GitHub is unknown to GitHub", () => {
  expect(instance.github.faults).toEqual([]);
});
