import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Outgoing } from "../support/github/webhooks.ts";
import { eventually, type Instance, runsOf, startInstance } from "../support/instance.ts";
import { call } from "../support/scripted-model/answer.ts";
import * as story from "../support/story.ts";

const SETTINGS_WITH_THREE_FAULTS = `# three faults
budgets:
  run_usd: 5
limits:
  turns: many
publish:
  on_failure: merge
`;

let instance: Instance;
beforeAll(async () => {
  const plain = { planner: story.planningOf("plain") };
  instance = await startInstance({
    script: story.cases({
      plain,
      "by-comment": {},
      revise: {},
      refusals: {},
      twice: {},
      again: {},
      reject: {},
      unclear: {
        planner: [
          call("ask", { questions: ["Should refunds be rounded as well?"] }),
          story.submitPlan(story.planOf("unclear")),
        ],
      },
    }),
  });
});
afterAll(() => instance.stop());

const open = (name: string, files = story.FILES) => story.openScene(instance, files, story.caseBody(name));
const modelRequests = (): number => instance.model.requests.length;

test("/plan by comment starts a run, with eyes on the comment and one status comment", async () => {
  const scene = await open("by-comment");
  const id = story.comment(instance, scene, "/plan keep it small");
  await story.said(instance, scene, /## Plan 1:/);
  const trigger = instance.github.comments(scene.issue).find((comment) => comment.id === id);
  expect(trigger?.reactions.map(({ content }) => content)).toContain("eyes");
  const statuses = () => story.ours(instance, scene).filter((body) => body.includes("## Journeyman:"));
  await eventually("the status to say that the plan waits", () => statuses()[0]?.includes("plan awaits approval"));
  expect(statuses()).toHaveLength(1);
  const request = instance.model.requests.find(({ raw }) => raw.includes("keep it small"));
  expect(request).toBeDefined();
});

test("/revise gives revision 2, and revision 1 can no longer be approved", async () => {
  const scene = await open("revise");
  const first = await story.untilPlan(instance, scene);
  story.comment(instance, scene, "/revise also think of negative amounts");
  const second = await story.untilPlan(instance, scene, 2);
  expect(story.digestIn(second)).not.toBe(story.digestIn(first));
  story.comment(instance, scene, `/approve ${story.digestIn(first)}`);
  await story.said(instance, scene, /is not the open plan/);
  story.comment(instance, scene, "/approve");
  const refusal = await story.said(instance, scene, /There are 2 plans/);
  expect(refusal).toContain(`/approve ${story.digestIn(second)}`);
  expect((await story.stateOfIssue(instance, scene))?.approval).toBeNull();
  story.comment(instance, scene, `/approve ${story.digestIn(second)}`);
  expect((await story.untilOver(instance, scene)).outcome).toMatchObject({ outcome: "pull_request" });
});

test("/reject closes the run and changes nothing", async () => {
  const scene = await open("reject");
  await story.untilPlan(instance, scene);
  story.comment(instance, scene, "/reject not now");
  const state = await story.untilOver(instance, scene);
  expect(state.outcome).toMatchObject({ outcome: "rejected" });
  await story.said(instance, scene, /Plan rejected/);
  expect(Object.keys(await instance.github.branches(scene.repository))).toEqual(["main"]);
});

describe("who may approve, and how", () => {
  test("S01 S04 S05 S06 approvals by a reader, a bot, an edited comment and in quotes start nothing", async () => {
    const scene = await open("refusals");
    const plan = await story.untilPlan(instance, scene);
    const before = modelRequests();
    const { github } = instance;
    const line = `/approve ${story.digestIn(plan)}`;

    story.comment(instance, scene, line, "reporter");
    await story.said(instance, scene, /needs write access/);
    story.comment(instance, scene, line, "reporter");

    github.user("helper[bot]", { type: "Bot" });
    github.setPermission(scene.repository, "helper[bot]", "admin");
    story.comment(instance, scene, line, "helper[bot]");

    const old = story.comment(instance, scene, "Looks reasonable to me.");
    github.editComment(scene.issue, "maintainer", { id: old, body: line });
    story.comment(instance, scene, `> ${line}\n\nWhat does this do?`);
    story.comment(instance, scene, `\`\`\`\n${line}\n\`\`\``);
    story.comment(instance, scene, `I would not ${line} this`);
    github.comment(scene.issue, "maintainer", line, { viaApp: true });
    await story.said(instance, scene, /came through a bot or an App/);

    story.comment(instance, scene, "/approve 000000000000");
    await story.said(instance, scene, /is not the open plan/);

    const state = await story.stateOfIssue(instance, scene);
    expect(state?.approval).toBeNull();
    expect(modelRequests()).toBe(before);
    expect(Object.keys(await github.branches(scene.repository))).toEqual(["main"]);
    const refusals = story.ours(instance, scene).filter((body) => body.includes("needs write access"));
    expect(refusals, "one refusal for a stranger, however often they ask").toHaveLength(1);
  });

  test("S11 an issue that was edited after the plan cannot be approved", async () => {
    const scene = await open("plain");
    await story.untilPlan(instance, scene);
    instance.github.editIssue(scene.issue, "reporter", { body: "Please delete everything (case plain)" });
    story.comment(instance, scene, "/approve");
    await story.said(instance, scene, /changed after the plan was made/);
    expect((await story.stateOfIssue(instance, scene))?.approval).toBeNull();
  });

  test("S09 a plan comment that was edited cannot be approved", async () => {
    const scene = await open("plain");
    await story.untilPlan(instance, scene);
    const posted = instance.github.comments(scene.issue).find(({ body }) => body.includes("## Plan 1:"));
    const body = (posted?.body ?? "").replace("Add Number.EPSILON", "Add Number.epsilon");
    instance.github.editComment(scene.issue, "maintainer", { id: posted?.id ?? 0, body });
    story.comment(instance, scene, "/approve");
    await story.said(instance, scene, /text of the plan comment was changed/);
    expect((await story.stateOfIssue(instance, scene))?.approval).toBeNull();
  });
});

/** Posts an event as GitHub would, without waiting for those before it. */
async function deliver({ guid, event, body }: Outgoing): Promise<number> {
  const { webhooks, app } = instance.github;
  const response = await fetch(webhooks.url ?? "", {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "x-github-delivery": guid,
      "x-github-event": event,
      "x-hub-signature-256": `sha256=${createHmac("sha256", app.webhookSecret).update(body).digest("hex")}`,
    },
  });
  return response.status;
}

test("S89 two labels at once give one run", async () => {
  const scene = await open("twice");
  const { webhooks } = instance.github;
  webhooks.pause();
  instance.github.label(scene.issue, "maintainer", "journeyman");
  instance.github.unlabel(scene.issue, "maintainer", "journeyman");
  instance.github.label(scene.issue, "maintainer", "journeyman");
  const both = webhooks.held.filter(({ action }) => action === "labeled");
  expect(new Set(both.map(({ guid }) => guid)).size, "two deliveries of their own").toBe(2);
  expect(await Promise.all(both.map(deliver))).toEqual([202, 202]);
  webhooks.resume();
  await webhooks.settled();
  await story.said(instance, scene, /## Plan 1:/);
  await eventually("no more to be due", async () => (await instance.journal.due(Date.now(), 100)).length === 0);
  const runs = (await runsOf(instance)).filter(({ subject }) => subject.repositoryId === scene.repository.id);
  expect(runs).toHaveLength(1);
  expect(story.ours(instance, scene).filter((body) => body.includes("## Journeyman:"))).toHaveLength(1);
  expect(story.ours(instance, scene).filter((body) => body.includes("## Plan"))).toHaveLength(1);
});

test("S21 a second delivery of every webhook changes nothing", async () => {
  const scene = await open("again");
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  await story.untilOver(instance, scene);
  await instance.github.webhooks.settled();
  const facts = await story.factsOfIssue(instance, scene);
  const bodies = story.ours(instance, scene);
  const requests = modelRequests();
  const mine = instance.github.webhooks.deliveries.filter(({ repositoryId }) => repositoryId === scene.repository.id);
  expect(mine.length).toBeGreaterThan(3);
  for (const { guid } of new Map(mine.map((delivery) => [delivery.guid, delivery])).values())
    instance.github.webhooks.duplicate(guid);
  await instance.github.webhooks.settled();
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(await story.factsOfIssue(instance, scene)).toEqual(facts);
  expect(story.ours(instance, scene)).toEqual(bodies);
  expect(modelRequests()).toBe(requests);
  expect(instance.github.pullRequests(scene.repository)).toHaveLength(1);
});

test("an issue that asks for nothing clear gets a question, and the answer is quoted to the planner", async () => {
  const scene = await open("unclear");
  instance.github.label(scene.issue, "maintainer", "journeyman");
  await story.said(instance, scene, /Should refunds be rounded as well\?/);
  expect(story.ours(instance, scene).some((body) => body.includes("## Plan"))).toBe(false);
  story.comment(instance, scene, "/answer yes, refunds too", "reporter");
  await story.said(instance, scene, /## Plan 1:/);
  expect(instance.model.requests.some(({ raw }) => raw.includes("yes, refunds too"))).toBe(true);
});

test("a settings file with three faults: one comment naming all three with their lines, and no run", async () => {
  const before = modelRequests();
  const scene = await open("plain", { ...story.FILES, ".github/journeyman.yml": SETTINGS_WITH_THREE_FAULTS });
  instance.github.label(scene.issue, "maintainer", "journeyman");
  const body = await story.said(instance, scene, /has 3 fault/);
  for (const line of ["line 2", "line 5", "line 7"]) expect(body).toContain(line);
  expect(story.ours(instance, scene)).toHaveLength(1);
  expect(modelRequests()).toBe(before);
});

test("/status and /help are answered once each, edited in place", async () => {
  const scene = await open("plain");
  await story.untilPlan(instance, scene);
  for (const command of ["/status", "/help", "/status", "/help"]) {
    story.comment(instance, scene, command, "reporter");
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  await story.said(instance, scene, /\| command \| who \| effect \|/);
  await eventually("all four to be answered", async () => {
    const state = await story.stateOfIssue(instance, scene);
    return state?.answered.filter(({ command }) => command.name === "status" || command.name === "help").length === 4;
  });
  await eventually("no more to be due", async () => (await instance.journal.due(Date.now(), 100)).length === 0);
  const ours = story.ours(instance, scene);
  expect(ours.filter((body) => body.includes("| command | who | effect |"))).toHaveLength(1);
  const statuses = ours.filter((body) => body.includes("## Journeyman:"));
  expect(statuses, "the run's status comment, and one reply to both /status").toHaveLength(2);
  expect(ours, "no comment but those three and the plan").toHaveLength(4);
});

test("nothing that was asked of GitHub is unknown to GitHub", () => {
  expect(instance.github.faults).toEqual([]);
});
