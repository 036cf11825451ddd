import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evolve } from "../../src/core/evolve.ts";
import { emptyState } from "../../src/core/state.ts";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import { call } from "../support/scripted-model/answer.ts";
import { found, sorted } from "../support/story-roles.ts";
import * as story from "../support/story.ts";

/* Money that runs out, and what people do about it. */

/** An answer that costs about $0.30 with the executor's model: some 15,000 tokens. */
const LONG = "All in all this needs thought. ".repeat(2_000);

const EXECUTOR = [
  call("edit", { path: "src/money.js", old: story.BUGGY.trim(), new: story.FIXED.trim() }, LONG),
  call("bash", { command: "node --test 2>&1 | tail -5" }, LONG),
  call("bash", { command: "cat src/money.js" }),
  story.submitWork(),
];

const SIDE_BY_SIDE = ["Where is money rounded?", "Which tests cover it?", "Who calls round()?"];

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({
    script: story.cases({
      "used-up": { executor: EXECUTOR },
      "day-used-up": { executor: EXECUTOR },
      waiting: {},
      unpriced: {},
      together: {
        router: [sorted({ explore: SIDE_BY_SIDE })],
        explorer: [call("read", { path: "src/money.js" }), found()],
      },
    }),
  });
});
afterAll(() => instance.stop());

const settings = (text: string) => ({ ...story.FILES, ".github/journeyman.yml": text });
const open = (name: string, text: string) => story.openScene(instance, settings(text), story.caseBody(name));

const approve = async (scene: story.Scene): Promise<void> =>
  void story.comment(instance, scene, `/approve ${story.digestIn(await story.untilPlan(instance, scene))}`);

test("a budget that is used up holds the run up with its work, says what more would buy, and /budget brings it to its pull request", async () => {
  const scene = await open("used-up", "budget: { run_usd: 0.9 }\n");
  instance.github.user("owner");
  instance.github.setPermission(scene.repository, "owner", "admin");
  await approve(scene);
  const notice = await story.said(instance, scene, /The budget of this run is used up/);
  expect(notice).toMatch(/Spent by stage: .*`plan` \$0\.\d+.*`implement` \$0\.\d+\. By role: .*`executor` \$0\.\d+/);
  expect(notice).toMatch(/1 changed file is kept with the run/);
  const [, budget = ""] = /`(\/budget \$[\d.]+)` would buy about \d+ more turn/.exec(notice) ?? [];
  const parked = await story.stateOfIssue(instance, scene);
  expect(parked?.parked).toMatchObject({ code: "budget_exhausted", resumeAt: null });
  expect(parked?.costMicroUsd).toBeLessThanOrEqual(900_000);
  await eventually("the status to say how much is used", () =>
    story.ours(instance, scene).some((body) => /held up[^]*% of the budget\*\*/.test(body)),
  );

  const asked = instance.model.requests.length;
  story.comment(instance, scene, "/retry");
  const refusal = await story.said(instance, scene, /`\/retry` alone cannot go on/);
  expect(refusal).toContain(budget);
  story.comment(instance, scene, budget);
  await story.said(instance, scene, /Only an admin may raise the budget above \\\$0\.90/);
  expect(instance.model.requests).toHaveLength(asked);

  story.comment(instance, scene, budget, "owner");
  await story.said(instance, scene, /The budget of this run is now \$[\d.]+, set by `owner`/);
  const state = await story.untilOver(instance, scene);
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  const [pull] = instance.github.pullRequests(scene.repository);
  const tree = await instance.github.tree(scene.repository, pull?.head ?? "");
  expect(tree["src/money.js"]?.content).toBe(story.FIXED);
  const notices = story.ours(instance, scene).filter((body) => body.includes("Held up"));
  expect(notices).toHaveLength(1);
});

test("a repository's day that is used up holds the run up until the next UTC day, by itself", async () => {
  const scene = await open("day-used-up", "budget: { repository_day_usd: 0.9 }\n");
  await approve(scene);
  const notice = await story.said(instance, scene, /Today's budget of this repository is used up/);
  const state = await story.stateOfIssue(instance, scene);
  const resumeAt = state?.parked?.resumeAt ?? "";
  expect(resumeAt.slice(11, 16)).toBe("00:01");
  expect(Date.parse(resumeAt)).toBeGreaterThan(Date.now());
  expect(notice).toContain(`${resumeAt.slice(0, 10)} 00:01 UTC`);
  const repository = { scope: "repository", id: `${state?.subject?.host}/${scene.repository.id}` } as const;
  const days = [resumeAt, new Date().toISOString(), state?.startedAt ?? ""].map((at) => at.slice(0, 10));
  const spent = await Promise.all([...new Set(days)].map((day) => instance.journal.spent(repository, day)));
  expect(spent.reduce((sum, one) => sum + one, 0)).toBe(state?.costMicroUsd);
  story.comment(instance, scene, "/stop");
  expect((await story.untilOver(instance, scene)).outcome).toMatchObject({ outcome: "cancelled" });
});

describe("/budget", () => {
  test("while a plan waits for approval: a reply, a new ceiling in the status comment, and the plan still stands", async () => {
    const scene = await open("waiting", "budget: { run_usd: 3, raised_by: write }\n");
    await story.untilPlan(instance, scene);
    story.comment(instance, scene, "/budget $7");
    await story.said(instance, scene, /The budget of this run is now \$7\.00, set by `maintainer`/);
    await eventually("the status to show it", () =>
      story.ours(instance, scene).some((body) => /plan awaits approval[^]* of \$7\.00/.test(body)),
    );
    story.comment(instance, scene, "/budget seven");
    await story.said(instance, scene, /takes one amount above zero/);
    story.comment(instance, scene, "/approve");
    const state = await story.untilOver(instance, scene);
    expect([state.outcome?.outcome, state.budgetMicroUsd]).toEqual(["pull_request", 7_000_000]);
    story.comment(instance, scene, "/budget $8");
    await story.said(instance, scene, /The run on this issue is over/);
  });
});

test("a model without a price is a fault of the settings file, named with its line before anything is asked of a model", async () => {
  const before = instance.model.requests.length;
  const scene = await open("unpriced", "models:\n  reviewer: { model: nobody-1 }\n");
  instance.github.label(scene.issue, "maintainer", "journeyman");
  const body = await story.said(instance, scene, /has 1 fault/);
  expect(body).toMatch(/line 2: models\.reviewer\.model nobody-1: its price is not known/);
  expect(instance.model.requests).toHaveLength(before);
});

test("readers side by side never have more out than their role's ceiling, and each comes to its end", async () => {
  const ceiling = 120_000;
  const scene = await open("together", `models: { explorer: { max_usd: ${ceiling / 1_000_000} } }\n`);
  await story.untilPlan(instance, scene);
  let state = emptyState((await story.stateOfIssue(instance, scene))?.run ?? expect.fail("no run"));
  let most = 0;
  for (const fact of await story.factsOfIssue(instance, scene)) {
    state = evolve(state, fact);
    const reserved = Object.values(state.openCalls)
      .filter(({ conversation }) => state.conversations[conversation]?.role === "explorer")
      .reduce((sum, call) => sum + call.reservedMicroUsd, 0);
    most = Math.max(most, (state.costByRole["explorer"] ?? 0) + reserved);
  }
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(ceiling);
  const readers = Object.values(state.conversations).filter(({ role }) => role === "explorer");
  expect(readers.map(({ turn }) => turn)).toEqual([2, 2, 2]);
  expect(state.exploration).not.toBeNull();
});
