import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeRunId } from "../../../src/core/ids.ts";
import * as names from "../../../src/telemetry/conventions.ts";
import { MAX_TEXT } from "../../../src/telemetry/content.ts";
import { spanIdOf, traceIdOf } from "../../../src/telemetry/ids.ts";
import { startTracing, type TracingOptions } from "../../../src/telemetry/tracing.ts";
import type { Work } from "../../../src/telemetry/work.ts";
import { RUN } from "../../support/facts.ts";
import { faultsOfTree, type OtlpReceiver, startOtlpReceiver } from "../../support/otlp-receiver.ts";
import { SMALL_RUN, workOfEvents } from "../../support/traced-run.ts";
import { namesOf, readDoc } from "../docs/tables.ts";

let receiver: OtlpReceiver;
beforeEach(async () => {
  receiver = await startOtlpReceiver();
});
afterEach(() => receiver.close());

const GRACE_MS = 2_000;

const small = workOfEvents(SMALL_RUN);

async function send(work: readonly Work[], more: Partial<TracingOptions> = {}): Promise<unknown[]> {
  const lost: unknown[] = [];
  const tracing = await startTracing({
    url: `${receiver.url}/v1/traces`,
    headers: { "x-scope": "tests" },
    resource: { "service.name": "journeyman" },
    version: "1.2.3",
    ratio: 1,
    withContent: false,
    failed: (spans, error) => lost.push([spans, error]),
    ...more,
  });
  for (const one of work) tracing.take(one);
  await tracing.close(GRACE_MS);
  return lost;
}

const spanNamed = (name: string) => receiver.spans.find((span) => span.name === name);

test("a run's work arrives as one tree, under ids that come from the run", async () => {
  expect(await send(small)).toEqual([]);
  expect(receiver.faults).toEqual([]);
  expect(faultsOfTree(receiver.spans)).toEqual([]);
  expect(receiver.spans).toHaveLength(small.length);
  expect(new Set(receiver.spans.map(({ traceId }) => traceId))).toEqual(new Set([traceIdOf(RUN)]));
  const root = receiver.spans.find(({ parent }) => parent === null);
  expect(root).toMatchObject({ id: spanIdOf(RUN, "run"), name: "invoke_agent journeyman", failed: false });
  expect(root?.start).toBe(BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n);
  expect(root?.resource["service.name"]).toBe("journeyman");
  expect(receiver.headers[0]).toMatchObject({ "x-scope": "tests" });
});

test("requests and calls carry the names of the conventions, input tokens with the cached ones", async () => {
  await send(small);
  expect(spanNamed("chat claude-opus-5-5")?.attributes).toMatchObject({
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": "claude-opus-5-5",
    "gen_ai.response.id": "request-1",
    "gen_ai.response.finish_reasons": ["tool_use"],
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.cache_read.input_tokens": 800,
    "gen_ai.usage.cache_creation.input_tokens": 100,
    "gen_ai.usage.output_tokens": 50,
    "gen_ai.agent.name": "executor",
    "gen_ai.conversation.id": "implement.1",
    "journeyman.run.id": RUN,
    "journeyman.repository": "octo/shop",
    "journeyman.issue": 12,
    "journeyman.cost_usd": 0.012345,
  });
  expect(spanNamed("execute_tool bash")).toMatchObject({
    failed: true,
    attributes: {
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "bash",
      "gen_ai.tool.call.id": "bash",
      "error.type": "tool_error",
    },
  });
});

test("what was thought, done and seen is not sent", async () => {
  await send(small);
  const sent = JSON.stringify(receiver.spans.map(({ attributes }) => attributes));
  expect(sent).not.toMatch(/I look at it|src\/money|what was seen/);
});

test("what was thought, done and seen is sent, within bounds, where the operator wants it", async () => {
  const long: Work[] = small.map((work) => (work.kind === "tool" ? { ...work, result: "x".repeat(100_000) } : work));
  await send(long, { withContent: true });
  const answer = spanNamed("chat claude-opus-5-5")?.attributes[names.OUTPUT_MESSAGES];
  expect(JSON.parse(String(answer))).toMatchObject([
    { role: "assistant", parts: [{ type: "text", content: "I look at it." }, { type: "tool_call", name: "read" }, {}] },
  ]);
  const call = spanNamed("execute_tool read")?.attributes;
  expect(call?.[names.TOOL_ARGUMENTS]).toBe('{"path":"src/money.js"}');
  expect(String(call?.[names.TOOL_RESULT]).length).toBeLessThan(MAX_TEXT + 100);
});

test("a name that the model made up is not a span's name", async () => {
  const made = small.map((work) => (work.kind === "tool" ? { ...work, declared: false } : work));
  await send(made);
  expect(spanNamed("execute_tool undeclared")?.attributes["gen_ai.tool.name"]).toBe("undeclared");
});

test("a sampled share is of whole runs, and the same in every process", async () => {
  const runs = Array.from({ length: 200 }, (_, place) =>
    makeRunId(Date.UTC(2026, 0, 1) + place, createHash("sha256").update(String(place)).digest().subarray(0, 10)),
  );
  const work = runs.flatMap((run) => small.map((one) => ({ ...one, run })));
  await send(work, { ratio: 0.25 });
  const counts = Map.groupBy(receiver.spans, ({ traceId }) => traceId);
  expect(counts.size).toBeGreaterThan(20);
  expect(counts.size).toBeLessThan(90);
  for (const spans of counts.values()) expect(spans).toHaveLength(small.length);
  const before = receiver.spans.length;
  await send(work, { ratio: 0.25 });
  expect(receiver.spans).toHaveLength(before * 2);
});

test("what a collector refuses is told, with the number of its spans", async () => {
  const [[spans, error] = []] = (await send(small, { url: `${receiver.url}/elsewhere` })) as unknown[][];
  expect(spans).toBe(small.length);
  expect(String(error)).toContain("Bad Request");
});

test("a collector that is away is not waited for longer than was asked", async () => {
  const before = performance.now();
  await send(small, { url: "http://127.0.0.1:9/v1/traces" });
  expect(performance.now() - before).toBeLessThan(GRACE_MS + 2_000);
});

test("docs/observability.md lists every attribute, and no other", () => {
  expect(namesOf(readDoc("docs/observability.md"), "attribute").toSorted()).toEqual(names.ATTRIBUTES.toSorted());
});
