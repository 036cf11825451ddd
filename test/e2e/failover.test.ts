import { afterEach, expect, test } from "vitest";
import { API_KEY, type Environment, type Instance, startInstance } from "../support/instance.ts";
import { call, paced, status, thinking } from "../support/scripted-model/answer.ts";
import { startScriptedOpenAi } from "../support/scripted-openai/server.ts";
import * as story from "../support/story.ts";

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function start(...options: Parameters<typeof startInstance>): Promise<Instance> {
  const instance = await startInstance(...options);
  ends.push(() => instance.stop());
  return instance;
}

const SCRIPT = story.script(story.PLANNING, story.WORKING);

/** The stand-in, which speaks the other wire, and what the server is told of it. */
async function standIn(api: "responses" | "chat") {
  const server = await startScriptedOpenAi({ script: SCRIPT, apiKey: API_KEY, api });
  ends.push(() => server.close());
  const environment: Environment = {
    OPENAI_API_KEY: API_KEY,
    OPENAI_BASE_URL: `${server.url}/v1`,
    OPENAI_API: api,
    MODEL_FAILOVER: "claude-opus-5-5>openai/gpt-5.5, claude-sonnet-5>openai/gpt-5.5, claude-haiku-4-5>openai/gpt-5.5",
  };
  return { server, environment };
}

test("a run whose model's server is down is finished by the stand-in over the other wire, and people are told", async () => {
  const { server, environment } = await standIn("chat");
  const instance = await start({
    script: SCRIPT,
    environment: { ...environment, ANTHROPIC_BASE_URL: "http://127.0.0.1:1" },
  });
  const scene = await story.openScene(instance);
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  const state = await story.untilOver(instance, scene, 120_000);

  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  expect(new Set(state.switches.map(({ to, reason }) => `${to} ${reason}`))).toContain("openai/gpt-5.5 network");
  // Once the circuit is open, later conversations do not try first.
  expect(state.switches.map(({ reason }) => reason)).toContain("circuit_open");
  expect(Object.values(state.conversations).map(({ model }) => model)).toEqual(
    Object.keys(state.conversations).map(() => "openai/gpt-5.5"),
  );
  expect(server.requests.every(({ request }) => request?.model === "gpt-5.5")).toBe(true);
  expect(state.costMicroUsd).toBeGreaterThan(0);
  const told = "did not answer (network), went on with `openai/gpt-5.5`";
  expect(story.ours(instance, scene).join("\n")).toContain(told);
  expect(instance.github.pullRequests(scene.repository)[0]?.body).toContain(told);
});

test("a run whose model fails in the middle goes on in the same conversation with the stand-in, without the other's thoughts", async () => {
  const { server, environment } = await standIn("responses");
  const [look, edit] = story.WORKING;
  const refused = () => status(401);
  const instance = await start({
    script: story.script(story.PLANNING, [thinking("First the code.", look!), edit!, refused]),
    environment,
  });
  const scene = await story.openScene(instance);
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  const state = await story.untilOver(instance, scene);
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  expect(
    state.switches.filter(({ reason }) => reason === "unauthorized").map(({ conversation }) => conversation),
  ).toContain("implement.1");
  const first = server.requests.find(({ request }) => request?.system.startsWith("You carry out"));
  // It begins where the other ended: two answers with their results are there already.
  expect(first?.request?.n).toBe(2);
  expect(instance.model.requests.some(({ raw }) => raw.includes("First the code."))).toBe(true);
  expect(server.requests.some(({ raw }) => raw.includes("First the code."))).toBe(false);
});

test("a plan that breaks a rule in its first lines is ended there, and the next one is proposed", async () => {
  const wrong = call("submit", {
    ...story.PLAN,
    paths: [".github/workflows/ci.yml", "src/money.js"],
    risks: Array.from({ length: 20 }, (_, at) => `Risk number ${at}: ${"it may break. ".repeat(20)}`),
  });
  const [look] = story.PLANNING;
  const told = (request: { readonly messages: readonly unknown[] }): boolean =>
    JSON.stringify(request.messages).includes("nothing of it counts");
  const instance = await start({
    script: story.script([look!, (request) => (told(request) ? story.submitPlan() : paced(wrong))], story.WORKING),
  });
  const scene = await story.openScene(instance);
  const plan = await story.untilPlan(instance, scene);
  expect(plan).not.toContain("workflows");
  const facts = (await story.factsOfIssue(instance, scene)).map(({ event }) => event);
  const failed = facts.filter((event) => event.type === "model.failed");
  expect(failed).toMatchObject([{ failure: "astray", detail: expect.stringContaining("GitHub's automation") }]);
  const abandoned = instance.model.requests.filter((request) => request.abandoned);
  expect(abandoned).toHaveLength(1);
  expect(abandoned[0]?.usage?.output).toBeLessThan(JSON.stringify(wrong.blocks).length / 4 / 2);
});
