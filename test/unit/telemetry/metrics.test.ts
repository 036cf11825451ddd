import { expect, test } from "vitest";
import type { RunRow } from "../../../src/ports/journal.ts";
import { COUNTERS, GAUGES, HISTOGRAMS } from "../../../src/telemetry/metric-table.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";
import type { ChatWork, Work } from "../../../src/telemetry/work.ts";
import { RUN, SUBJECT } from "../../support/facts.ts";
import { hasPrometheus, lintMetrics } from "../../support/prometheus.ts";
import { SMALL_RUN, workOfEvents } from "../../support/traced-run.ts";
import { bare, readDoc, rowsOf } from "../docs/tables.ts";

const NOW = Date.UTC(2026, 0, 2);

const row = (dueAt: string | null): RunRow => ({
  run: RUN,
  subject: SUBJECT,
  title: "",
  createdAt: "",
  updatedAt: "",
  facts: 1,
  leasedUntil: null,
  epoch: 1,
  status: "",
  live: true,
  dueAt,
  origin: null,
  silent: false,
  costMicroUsd: 0,
});

const metricsOf = (work: readonly Work[], rows: readonly RunRow[] = []) => {
  const metrics = createMetrics({
    journal: { runs: async () => [...rows] },
    now: () => NOW,
    build: { version: "1.2.3", node: "24.0.0" },
    failed: (error) => expect.unreachable(String(error)),
  });
  for (const one of work) metrics.take(one);
  return metrics;
};

const linesOf = async (work: readonly Work[], name: string): Promise<string[]> =>
  (await metricsOf(work).text()).split("\n").filter((line) => line.startsWith(`${name}{`));

const small = workOfEvents(SMALL_RUN);
const chat = small.find((work): work is ChatWork => work.kind === "chat");

test("a run's work becomes the figures of its page", async () => {
  const page = await metricsOf(small).text();
  const place = 'model="claude-opus-5-5",role="executor"';
  expect(page.split("\n")).toEqual(
    expect.arrayContaining([
      `journeyman_model_requests_total{${place},outcome="answered"} 2`,
      `journeyman_model_tokens_total{${place},kind="input"} 200`,
      `journeyman_model_tokens_total{${place},kind="cache_read"} 1600`,
      `journeyman_model_tokens_total{${place},kind="cache_write"} 200`,
      `journeyman_model_tokens_total{${place},kind="output"} 100`,
      `journeyman_model_cost_usd_total{${place}} 0.02469`,
      'journeyman_tenant_spend_usd_total{tenant="github.test/7",owner="octo"} 0.02469',
      'journeyman_tool_calls_total{tool="read",outcome="ok"} 1',
      'journeyman_tool_calls_total{tool="bash",outcome="error"} 1',
      'journeyman_tool_calls_total{tool="submit",outcome="ok"} 1',
      'journeyman_cache_read_ratio{role="executor"} 0.8',
      'journeyman_turn_seconds_count{role="executor"} 2',
      'journeyman_turn_seconds_sum{role="executor"} 7',
      'journeyman_run_turns_sum{outcome="pull_request"} 2',
      'journeyman_runs_finished_total{outcome="pull_request"} 1',
      'journeyman_stage_seconds_count{stage="implement",outcome="finished"} 1',
      'journeyman_build_info{version="1.2.3",node="24.0.0"} 1',
    ]),
  );
});

test("live runs are active, paused until a time, or waiting for a person", async () => {
  const rows = [row(null), row(null), row("2026-01-01T00:00:00Z"), row("2026-01-03T00:00:00Z")];
  const page = await metricsOf([], rows).text();
  expect(page).toContain('journeyman_runs{state="waiting"} 2');
  expect(page).toContain('journeyman_runs{state="active"} 1');
  expect(page).toContain('journeyman_runs{state="paused"} 1');
});

test("a name that the model made up is no label, nor is a thousand-and-first tenant", async () => {
  const call = small.find((work) => work.kind === "tool");
  expect.assert(call?.kind === "tool" && chat !== undefined);
  const made = { ...call, declared: false, call: { ...call.call, name: "rm_rf" } };
  expect(await linesOf([made], "journeyman_tool_calls_total")).toEqual([
    'journeyman_tool_calls_total{tool="undeclared",outcome="ok"} 1',
  ]);
  const tenants = Array.from({ length: 1_500 }, (_, place) => ({
    ...chat,
    subject: { ...SUBJECT, installationId: place, owner: `owner-${place}` },
  }));
  const lines = await linesOf(tenants, "journeyman_tenant_spend_usd_total");
  expect(lines).toHaveLength(1_001);
  expect(lines.at(-1)).toMatch(/^journeyman_tenant_spend_usd_total\{tenant="other",owner="other"\} 6\.17/);
});

test("a turn that was cut off does not count as a quick one", async () => {
  const turn = small.find((work) => work.kind === "turn");
  expect.assert(turn?.kind === "turn");
  const cut: Work[] = [
    { ...turn, error: "interrupted" },
    { ...turn, resumed: true },
  ];
  expect(await linesOf(cut, "journeyman_turn_seconds_count")).toEqual([]);
});

test.runIf(hasPrometheus)("promtool has nothing to say against the page", async () => {
  const page = await metricsOf(small, [row(null)]).text();
  expect(await lintMetrics(page)).toBe("");
  expect(await lintMetrics("# TYPE bad_total counter\nbad_total 1\n")).toContain("help");
});

test("docs/observability.md lists every metric with its kind and labels, and no other", () => {
  const documented = rowsOf(readDoc("docs/observability.md"), "metric").map((line) => [
    bare(line["metric"]),
    line["kind"],
    [...(line["labels"] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name),
  ]);
  const kinds = { counter: COUNTERS, histogram: HISTOGRAMS, gauge: GAUGES };
  const known = Object.entries(kinds).flatMap(([kind, table]) =>
    Object.entries(table).map(([name, { labels }]) => [name, kind, [...labels]]),
  );
  const inOrder = (rows: readonly unknown[]): string[] => rows.map((line) => JSON.stringify(line)).toSorted();
  expect(inOrder(documented)).toEqual(inOrder(known));
});
