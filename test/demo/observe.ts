import { readFile, writeFile } from "node:fs/promises";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import { startOtlpReceiver, type OtlpReceiver } from "../support/otlp-receiver.ts";
import { hasPrometheus, startPrometheus } from "../support/prometheus.ts";
import { filesIn } from "../support/github/repositories.ts";
import * as story from "../support/story.ts";
import { traceIdOf } from "../../src/telemetry/ids.ts";
import { INVOICE_SCRIPT } from "./invoice-story.ts";
import { traceText } from "./trace-text.ts";

/*
 * One run of the real server with the scripted model, seen through a collector's door, its page of metrics and a real Prometheus. With
 * --write the captures go into docs/observability.md.
 */

const ROOT = new URL("../../", import.meta.url).pathname;
const PAGE = `${ROOT}docs/observability.md`;

/** Questions an operator asks; those of docs/observability.md. */
const QUERIES = [
  "sum by (model) (journeyman_model_cost_usd_total)",
  "sum by (owner) (journeyman_tenant_spend_usd_total)",
  'sum(journeyman_model_tokens_total{kind="cache_read"}) / sum(journeyman_model_tokens_total{kind=~"input|cache_.*"})',
  'sum by (tool) (journeyman_tool_calls_total{outcome="ok"}) / sum by (tool) (journeyman_tool_calls_total)',
  "sum(journeyman_run_turns_sum) / sum(journeyman_run_turns_count)",
  ...[0.5, 0.95, 0.99].map((share) => `histogram_quantile(${share}, sum by (le) (journeyman_turn_seconds_bucket))`),
];

async function play(instance: Instance): Promise<string> {
  const scene = await story.openScene(instance, await filesIn(`${ROOT}fixtures/repositories/invoice-js`));
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  const state = await story.untilOver(instance, scene, 180_000);
  return traceIdOf(state.run);
}

async function traceOf(receiver: OtlpReceiver, trace: string): Promise<string> {
  const spans = await eventually("the root of the trace", () => {
    const own = receiver.spans.filter(({ traceId }) => traceId === trace);
    return own.some(({ parent }) => parent === null) ? own : null;
  });
  return [`trace ${trace}`, ...traceText(spans)].join("\n");
}

/** The page without the bucket lines, which are many. */
async function metricsOf(port: number): Promise<string> {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  // The simulator listens on another port each time.
  const lines = page.replaceAll(/127\.0\.0\.1:\d+/g, "github.simulated").split("\n");
  return lines.filter((line) => line !== "" && !line.includes("_bucket{") && !line.startsWith("#")).join("\n");
}

async function answersOf(port: number): Promise<string> {
  if (!hasPrometheus) return "no prometheus on PATH: not asked";
  const prometheus = await startPrometheus({ port });
  try {
    const blocks: string[] = [];
    for (const query of QUERIES) {
      const samples = await prometheus.query(query);
      blocks.push([query, ...samples.map(sampleText)].join("\n"));
    }
    return blocks.join("\n");
  } finally {
    await prometheus.stop();
  }
}

function sampleText({ labels, value }: { readonly labels: object; readonly value: number }): string {
  const text = Object.values(labels).join(" ");
  return `    ${text === "" ? "" : `${text}  `}${Number(value.toPrecision(6))}`;
}

/** Puts a capture between its marks in the page. */
const placed = (page: string, name: string, text: string): string =>
  page.replace(
    new RegExp(`(<!-- capture ${name} -->\n\n\`\`\`text\n)[^]*?(\n\`\`\`)`),
    (_, before: string, after: string) => `${before}${text}${after}`,
  );

async function observe(write: boolean): Promise<void> {
  const receiver = await startOtlpReceiver();
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  const instance = await startInstance({ script: INVOICE_SCRIPT, environment });
  try {
    const trace = await traceOf(receiver, await play(instance));
    const metrics = await metricsOf(instance.server.port);
    const answers = await answersOf(instance.server.port);
    process.stdout.write(`${[trace, metrics, answers].join("\n\n")}\n`);
    if (!write) return;
    const page = placed(await readFile(PAGE, "utf8"), "trace", trace);
    await writeFile(PAGE, placed(placed(page, "metrics", metrics), "answers", answers));
  } finally {
    await instance.stop();
    await receiver.close();
  }
}

try {
  await observe(process.argv.includes("--write"));
} catch (thrown) {
  process.stderr.write(`observe: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  process.exit(1);
}
