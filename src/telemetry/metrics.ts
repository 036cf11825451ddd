import { ZERO_USAGE, addUsage, type Usage } from "../core/messages.ts";
import { tenantOf } from "../core/subject.ts";
import type { Journal } from "../ports/journal.ts";
import { boundedLabel, toolLabel } from "./labels.ts";
import { TOKEN_KINDS } from "./metric-table.ts";
import { openRegistry, type Meters } from "./registry.ts";
import type { ChatWork, Consumer, RunWork, StageWork, ToolWork, TurnWork, Work } from "./work.ts";

/*
 * Finished work as metrics of this process. What other processes did is on their pages; only the number of live runs is the instance's.
 */

/** Most tenants, models and roles told apart; what comes later is counted as `other`. */
const MAX_TENANTS = 1_000;
const MAX_MODELS = 50;
const MAX_ROLES = 30;

/** Live runs that are counted at most. */
const MAX_RUNS = 10_000;

export interface MetricsOptions {
  readonly journal: Pick<Journal, "runs">;
  readonly now: () => number;
  readonly build: { readonly version: string; readonly node: string };
  /** Told what kept a piece of work from being counted. */
  readonly failed: (error: unknown) => void;
}

export interface Metrics extends Consumer {
  /** Spans that could not be sent. */
  lostSpans(count: number): void;
  /** The page, in Prometheus' text format. */
  text(): Promise<string>;
}

const seconds = ({ start, end }: Work): number => (end - start) / 1000;
const dollars = (microUsd: number): number => microUsd / 1_000_000;

/** How the input tokens of each role were paid for. */
function cacheShares() {
  const byRole = new Map<string, Usage>();
  return (role: string, usage: Usage): number => {
    const sum = addUsage(byRole.get(role) ?? ZERO_USAGE, usage);
    byRole.set(role, sum);
    const all = sum.input + sum.cacheRead + sum.cacheWrite;
    return all === 0 ? 0 : sum.cacheRead / all;
  };
}

const labels = () => ({
  tenant: boundedLabel(MAX_TENANTS),
  model: boundedLabel(MAX_MODELS),
  role: boundedLabel(MAX_ROLES),
  shareOf: cacheShares(),
});
type Known = ReturnType<typeof labels>;

function countChat(meters: Meters, known: Known, work: ChatWork): void {
  const { usage, error, subject } = work;
  const [model, role] = [known.model(work.model), known.role(work.role)];
  const outcome = error === null ? "answered" : "failed";
  meters.add("journeyman_model_requests_total", { model, role, outcome }, 1);
  if (error !== null) meters.add("journeyman_model_failures_total", { model, kind: error }, 1);
  meters.observe("journeyman_model_request_seconds", { model, outcome }, seconds(work));
  const cost = dollars(work.costMicroUsd);
  meters.add("journeyman_model_cost_usd_total", { model, role }, cost);
  meters.observe("journeyman_model_request_cost_usd", { role }, cost);
  if (subject !== null) {
    const tenant = known.tenant(tenantOf(subject));
    const owner = tenant === "other" ? "other" : subject.owner;
    meters.add("journeyman_tenant_spend_usd_total", { tenant, owner }, cost);
  }
  if (usage !== null) countTokens(meters, { model, role, usage, share: known.shareOf(role, usage) });
}

interface Spent {
  readonly model: string;
  readonly role: string;
  readonly usage: Usage;
  readonly share: number;
}

function countTokens(meters: Meters, { model, role, usage, share }: Spent): void {
  for (const [field, kind] of Object.entries(TOKEN_KINDS)) {
    const tokens = usage[field as keyof Usage];
    meters.add("journeyman_model_tokens_total", { model, role, kind }, tokens);
    meters.observe("journeyman_model_request_tokens", { kind }, tokens);
  }
  meters.set("journeyman_cache_read_ratio", { role }, share);
}

function countTool(meters: Meters, work: ToolWork): void {
  const tool = toolLabel(work);
  const outcome = work.error === null ? "ok" : work.error === "tool_error" ? "error" : "interrupted";
  meters.add("journeyman_tool_calls_total", { tool, outcome }, 1);
  meters.observe("journeyman_tool_call_seconds", { tool }, seconds(work));
}

/** A turn that was cut off, and the rest of one, say nothing of how long a turn takes. */
function countTurn(meters: Meters, known: Known, work: TurnWork): void {
  if (work.error !== null || work.resumed) return;
  meters.observe("journeyman_turn_seconds", { role: known.role(work.role) }, seconds(work));
}

function countStage(meters: Meters, work: StageWork): void {
  const { stage, outcome } = work;
  meters.observe("journeyman_stage_seconds", { stage, outcome }, seconds(work));
}

function countRun(meters: Meters, { outcome, turns }: RunWork): void {
  meters.add("journeyman_runs_finished_total", { outcome }, 1);
  meters.observe("journeyman_run_turns", { outcome }, turns);
}

function count(meters: Meters, known: Known, work: Work): void {
  switch (work.kind) {
    case "chat":
      return countChat(meters, known, work);
    case "tool":
      return countTool(meters, work);
    case "turn":
      return countTurn(meters, known, work);
    case "stage":
      return countStage(meters, work);
    case "run":
      return countRun(meters, work);
  }
}

async function countLive(meters: Meters, { journal, now }: MetricsOptions): Promise<void> {
  const states = { active: 0, paused: 0, waiting: 0 };
  const time = now();
  for (const { dueAt } of await journal.runs({ live: true, limit: MAX_RUNS }))
    states[dueAt === null ? "waiting" : Date.parse(dueAt) > time ? "paused" : "active"] += 1;
  for (const [state, runs] of Object.entries(states)) meters.set("journeyman_runs", { state }, runs);
}

export function createMetrics(options: MetricsOptions): Metrics {
  const known = labels();
  let opening: Promise<Meters> | null = null;
  const opened = async (): Promise<Meters> => {
    const meters = await openRegistry();
    meters.set("journeyman_build_info", { ...options.build }, 1);
    meters.add("journeyman_trace_spans_lost_total", {}, 0);
    return meters;
  };
  const open = (): Promise<Meters> => (opening ??= opened());
  const later = (add: (meters: Meters) => void): void => void open().then(add).catch(options.failed);
  return {
    take: (work) => later((meters) => count(meters, known, work)),
    lostSpans: (spans) => later((meters) => meters.add("journeyman_trace_spans_lost_total", {}, spans)),
    text: async () => {
      const meters = await open();
      await countLive(meters, options);
      return meters.text();
    },
  };
}
