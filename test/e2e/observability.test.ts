import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { StoredEvent } from "../../src/core/events.ts";
import type { RunState } from "../../src/core/state.ts";
import { traceIdOf } from "../../src/telemetry/ids.ts";
import { eventually, type Instance, startInstance, startServer } from "../support/instance.ts";
import { containersOf } from "../support/leftovers.ts";
import { faultsOfTree, type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "../support/otlp-receiver.ts";
import { hasPrometheus, startPrometheus } from "../support/prometheus.ts";
import { call } from "../support/scripted-model/answer.ts";
import * as story from "../support/story.ts";

/* Whole runs of the real server, seen through a collector's door and through a real Prometheus. */

const SLOW = [
  story.edit(story.BUGGY, story.FIXED),
  call("bash", { command: "sleep 5; node --test 2>&1 | tail -5" }),
  story.submitWork(),
];
const CREDENTIAL = "credential-of-the-collector-0123456789";

let receiver: OtlpReceiver;
let instance: Instance;
beforeAll(async () => {
  receiver = await startOtlpReceiver();
  instance = await startInstance({
    script: story.cases({ calm: {}, kill: { executor: SLOW } }),
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${CREDENTIAL}`,
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
    },
  });
});
afterAll(async () => {
  await instance.stop();
  await receiver.close();
});

const spansOf = ({ run }: RunState): ReceivedSpan[] =>
  receiver.spans.filter(({ traceId }) => traceId === traceIdOf(run));

/** All spans of a run that is over: its root is the last to be sent. */
const wholeTrace = (state: RunState): Promise<ReceivedSpan[]> =>
  eventually("the root of the trace", () => {
    const spans = spansOf(state);
    return spans.some(({ parent }) => parent === null) ? spans : null;
  });

async function approved(name: string): Promise<story.Scene> {
  const scene = await story.openScene(instance, story.FILES, story.caseBody(name));
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  return scene;
}

const count = (facts: readonly StoredEvent[], ...types: string[]): number =>
  facts.filter(({ event }) => types.includes(event.type)).length;

const sumOf = (spans: readonly ReceivedSpan[], attribute: string): number =>
  spans.reduce((sum, { attributes }) => sum + Number(attributes[attribute] ?? 0), 0);

let calm: RunState;

test("a run is one trace: a tree in which every thought, action and observation has its place", async () => {
  const scene = await approved("calm");
  calm = await story.untilOver(instance, scene);
  expect(calm.outcome).toMatchObject({ outcome: "pull_request" });
  const facts = await story.factsOfIssue(instance, scene);
  const spans = await wholeTrace(calm);
  expect(receiver.faults).toEqual([]);
  expect(faultsOfTree(spans)).toEqual([]);

  const of = (operation: string) => spans.filter(({ attributes }) => attributes["gen_ai.operation.name"] === operation);
  const chats = of("chat");
  expect(chats).toHaveLength(count(facts, "model.responded", "model.failed"));
  expect(sumOf(chats, "journeyman.cost_usd")).toBeCloseTo(calm.costMicroUsd / 1_000_000, 6);
  const { input, cacheRead, cacheWrite, output } = calm.usage;
  expect(sumOf(chats, "gen_ai.usage.input_tokens")).toBe(input + cacheRead + cacheWrite);
  expect(sumOf(chats, "gen_ai.usage.cache_read.input_tokens")).toBe(cacheRead);
  expect(sumOf(chats, "gen_ai.usage.output_tokens")).toBe(output);
  const calls = facts.flatMap(({ event }) =>
    event.type === "model.responded" ? event.message.content.filter(({ type }) => type === "tool_call") : [],
  );
  expect(of("execute_tool")).toHaveLength(calls.length);
  const stages = spans.filter(({ name }) => name.startsWith("stage "));
  expect(stages).toHaveLength(count(facts, "stage.started"));
  expect(stages.filter(({ failed }) => failed)).toEqual([]);
});

test("the trace names the run and the process, and holds neither contents nor credentials", () => {
  const spans = spansOf(calm);
  for (const { attributes, resource } of spans) {
    expect(attributes["journeyman.run.id"]).toBe(calm.run);
    expect(resource).toMatchObject({ "service.name": "journeyman", "deployment.environment.name": "test" });
  }
  expect(receiver.headers[0]?.["authorization"]).toBe(`Bearer ${CREDENTIAL}`);
  const sent = JSON.stringify(spans, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  expect(sent).not.toMatch(/EPSILON|money\.js|half a cent/);
  expect(`${sent}${instance.server.log.join("\n")}`).not.toContain(CREDENTIAL);
});

test("the page of metrics says what the run's facts say", async () => {
  const page = await (await fetch(`http://127.0.0.1:${instance.server.port}/metrics`)).text();
  const sum = (start: string): number =>
    page
      .split("\n")
      .filter((line) => line.startsWith(start))
      .reduce((total, line) => total + Number(line.split(" ").at(-1)), 0);
  const spent = calm.costMicroUsd / 1_000_000;
  expect(sum("journeyman_model_cost_usd_total{")).toBeCloseTo(spent, 6);
  expect(sum("journeyman_tenant_spend_usd_total{")).toBeCloseTo(spent, 6);
  expect(sum("journeyman_model_requests_total{")).toBe(calm.turns);
  expect(sum("journeyman_turn_seconds_count{")).toBe(calm.turns);
  expect(sum('journeyman_run_turns_sum{outcome="pull_request"}')).toBe(calm.turns);
  expect(sum('journeyman_tool_calls_total{tool="edit",outcome="ok"}')).toBeGreaterThan(0);
  expect(sum('journeyman_runs{state="active"}')).toBe(0);
});

test.runIf(hasPrometheus)("a real Prometheus scrapes it, and answers the six questions", async () => {
  const prometheus = await startPrometheus({ port: instance.server.port });
  try {
    const one = async (expression: string): Promise<number> => {
      const samples = await prometheus.query(expression);
      expect(samples, expression).toHaveLength(1);
      return samples[0]?.value ?? Number.NaN;
    };
    const { input, cacheRead, cacheWrite } = calm.usage;
    expect(await one("sum(journeyman_model_cost_usd_total)")).toBeCloseTo(calm.costMicroUsd / 1_000_000, 6);
    expect(await one("sum(journeyman_tenant_spend_usd_total)")).toBeCloseTo(calm.costMicroUsd / 1_000_000, 6);
    expect(await one('sum(journeyman_model_tokens_total{kind="cache_read"})')).toBe(cacheRead);
    const share = await one(
      'sum(journeyman_model_tokens_total{kind="cache_read"}) / sum(journeyman_model_tokens_total{kind=~"input|cache_.*"})',
    );
    expect(share).toBeCloseTo(cacheRead / (input + cacheRead + cacheWrite), 6);
    expect(
      await one(
        'sum by (tool) (journeyman_tool_calls_total{tool="edit",outcome="ok"}) / sum by (tool) (journeyman_tool_calls_total{tool="edit"})',
      ),
    ).toBe(1);
    expect(await one("sum(journeyman_run_turns_sum) / sum(journeyman_run_turns_count)")).toBe(calm.turns);
    const [p50, p95, p99] = await Promise.all(
      [0.5, 0.95, 0.99].map((q) => one(`histogram_quantile(${q}, sum by (le) (journeyman_turn_seconds_bucket))`)),
    );
    expect(p50).toBeGreaterThan(0);
    expect(p50).toBeLessThanOrEqual(p95 ?? 0);
    expect(p95).toBeLessThanOrEqual(p99 ?? 0);
  } finally {
    await prometheus.stop();
  }
});

test("a worker without a web side shows its metrics on its own port, to who has the token", async () => {
  const token = "a token for the metrics";
  const worker = await startServer({ ...instance.environment, METRICS_PORT: "0", METRICS_TOKEN: token }, "work");
  try {
    const line = worker.log.find((text) => text.includes('"metrics.listening"')) ?? "{}";
    const { port } = z.object({ port: z.int().positive() }).parse(JSON.parse(line));
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`, { headers })).text();
    expect(page).toContain("journeyman_build_info{");
    if (!hasPrometheus) return;
    const prometheus = await startPrometheus({ port, token });
    expect(await prometheus.query("journeyman_build_info")).toHaveLength(1);
    await prometheus.stop();
  } finally {
    await worker.stop();
  }
});

test("a server that is killed in a call leaves a trace that the next one goes on with, no span under two ids", async () => {
  const scene = await approved("kill");
  await story.untilFact(instance, scene, "tool.called", ({ name }) => name === "bash");
  const { run } = (await story.stateOfIssue(instance, scene))!;
  await eventually("the spans of what was finished", () =>
    receiver.spans.some(({ traceId, name }) => traceId === traceIdOf(run) && name === "execute_tool edit"),
  );
  await instance.server.kill();
  await instance.restart();
  const state = await story.untilOver(instance, scene);
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  const spans = await wholeTrace(state);
  expect(faultsOfTree(spans)).toEqual([]);
  const cut = spans.filter(({ attributes }) => attributes["error.type"] === "interrupted").map(({ name }) => name);
  expect(cut).toEqual(expect.arrayContaining(["execute_tool bash", "stage implement"]));
  const processes = new Set(spans.map(({ resource }) => resource["service.instance.id"]));
  expect(processes.size).toBe(2);
  // What the killed one left behind is removed at a start.
  await instance.server.stop();
  await instance.restart();
  await eventually("no container of this instance", async () => (await containersOf(instance)).length === 0);
});
