import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import { containersOf } from "../support/leftovers.ts";
import { call, calls, slow, text } from "../support/scripted-model/answer.ts";
import { route, type Script } from "../support/scripted-model/script.ts";
import { says } from "../support/story-roles.ts";
import * as story from "../support/story.ts";

/* `/stop` while helpers, a summary, a review or a second run of the tests are under way: within 10 s, and what was begun is paid for. */

/** Long enough that the stop comes in between, short enough to end by itself if it does not. */
const LONG_MS = 40_000;
const HANGS: Script = [slow(LONG_MS, text("thinking"))];
const EDIT = story.edit(story.BUGGY, story.FIXED);
/** What the model writes itself stays until it is summed up. */
const WORDS = "the amounts are rounded here and there so look at each of them in turn ".repeat(157);

let instance: Instance;
beforeAll(async () => {
  const named = story.cases({
    helpers: {
      executor: [
        EDIT,
        calls([
          { name: "task", input: { agent: "researcher", task: "Who calls round()?" } },
          { name: "task", input: { agent: "researcher", task: "Who tests round()?" } },
          { name: "consult", input: { question: "How is half a cent rounded up?" } },
        ]),
      ],
      explorer: HANGS,
      adviser: HANGS,
    },
    summary: { executor: ({ n }) => (n === 0 ? EDIT : call("bash", { command: `: ${WORDS}\necho step ${n}` })) },
    review: { reviewer: HANGS },
    away: { planner: HANGS },
    runner: {
      executor: [EDIT, call("task", { agent: "test_runner", task: "Run the tests." })],
      runner: [call("bash", { command: "sleep 40" })],
    },
  });
  const writer = { when: says("You summarise"), script: HANGS };
  instance = await startInstance({ script: route([writer, { when: () => true, script: named }]) });
});
afterAll(() => instance.stop());

const asked = (scene: story.Scene, name: RegExp) =>
  story.untilFact(instance, scene, "model.requested", ({ conversation }) => name.test(conversation));

interface Situation {
  readonly name: string;
  readonly arrive: (scene: story.Scene) => Promise<unknown>;
  readonly settings?: string;
}

const SITUATIONS: readonly Situation[] = [
  {
    name: "helpers",
    arrive: (scene) => Promise.all([/^task\.1$/, /^task\.2$/, /^consult\.1$/].map((one) => asked(scene, one))),
  },
  { name: "summary", arrive: (scene) => asked(scene, /^summary\./), settings: "limits: { context_tokens: 20000 }\n" },
  { name: "review", arrive: (scene) => asked(scene, /^review\.1$/) },
  {
    name: "runner",
    arrive: (scene) =>
      story.untilFact(
        instance,
        scene,
        "tool.called",
        ({ conversation, name }) => conversation === "task.1" && name === "bash",
      ),
  },
];

test.each(SITUATIONS)(
  "/stop during $name ends everything under way within 10 s and leaves no call open",
  async (at) => {
    const files = at.settings === undefined ? story.FILES : { ...story.FILES, ".github/journeyman.yml": at.settings };
    const scene = await story.openScene(instance, files, story.caseBody(at.name));
    story.comment(instance, scene, `/approve ${story.digestIn(await story.untilPlan(instance, scene))}`);
    await at.arrive(scene);
    const begun = Date.now();
    story.comment(instance, scene, "/stop");
    await story.said(instance, scene, /\*\*Stopped\*\* by `maintainer`/);
    const state = await story.untilOver(instance, scene, 30_000);
    await eventually("its sandboxes to be gone", async () =>
      (await containersOf(instance)).every((name) => !name.includes(state.run)),
    );
    expect(Date.now() - begun).toBeLessThan(10_000);
    expect(state.outcome).toMatchObject({ outcome: "cancelled" });
    expect(state.openCalls, "every call is settled").toEqual({});
    const repository = { scope: "repository", id: `${state.subject?.host}/${scene.repository.id}` } as const;
    expect(await instance.journal.spent(repository, state.startedAt.slice(0, 10))).toBe(state.costMicroUsd);
  },
);

test("/stop while the worker is away charges what was in flight at its dearest, in the run and in the ledger alike", async () => {
  const scene = await story.openScene(instance, story.FILES, story.caseBody("away"));
  instance.github.label(scene.issue, "maintainer", "journeyman");
  await asked(scene, /^plan\.1$/);
  await instance.server.kill();
  await instance.restart();
  story.comment(instance, scene, "/stop");
  const { subject, startedAt } = await story.untilOver(instance, scene, 30_000);
  const state = await eventually("its call to be settled", async () => {
    const seen = await story.stateOfIssue(instance, scene);
    return Object.keys(seen?.openCalls ?? {}).length === 0 ? seen : null;
  });
  const facts = (await story.factsOfIssue(instance, scene)).map(({ event }) => event);
  expect(facts.filter((fact) => fact.type === "model.failed" && fact.failure === "interrupted")).toHaveLength(1);
  const repository = { scope: "repository", id: `${subject?.host}/${scene.repository.id}` } as const;
  expect(await instance.journal.spent(repository, startedAt.slice(0, 10))).toBe(state.costMicroUsd);
});
