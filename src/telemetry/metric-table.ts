/*
 * The metrics as data. Their names, labels and units are a public contract: dashboards and alerts are built on them. Every label has few
 * possible values; none holds a run, a repository or a text of others.
 */

interface Described {
  readonly help: string;
  readonly labels: readonly string[];
}

export interface HistogramSpec extends Described {
  readonly buckets: readonly number[];
}

const REQUEST_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640];
const TOOL_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
const TURN_SECONDS = [0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200];
const STAGE_SECONDS = [1, 5, 15, 30, 60, 120, 300, 600, 1200, 2400, 4800];
const TURNS = [1, 2, 5, 10, 15, 20, 30, 40, 60, 80, 120, 200, 400];
const TOKENS = [100, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000];
const DOLLARS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export const COUNTERS = {
  journeyman_model_requests_total: {
    help: "Requests to a model that came to an end.",
    labels: ["model", "role", "outcome"],
  },
  journeyman_model_failures_total: {
    help: "Requests to a model without a whole answer, by what went wrong.",
    labels: ["model", "kind"],
  },
  journeyman_model_tokens_total: {
    help: "Tokens by kind; input is what was neither read from nor written to the cache.",
    labels: ["model", "role", "kind"],
  },
  journeyman_model_cost_usd_total: { help: "Cost of requests in US dollars.", labels: ["model", "role"] },
  journeyman_tenant_spend_usd_total: {
    help: "Cost of requests by the installation that pays, in US dollars.",
    labels: ["tenant", "owner"],
  },
  journeyman_tool_calls_total: { help: "Calls of tools by outcome.", labels: ["tool", "outcome"] },
  journeyman_runs_finished_total: { help: "Runs that came to their end, by outcome.", labels: ["outcome"] },
  journeyman_trace_spans_lost_total: { help: "Spans that the collector did not take.", labels: [] },
} as const satisfies Record<string, Described>;

export const HISTOGRAMS = {
  journeyman_model_request_seconds: {
    help: "Time from a request to the end of its answer.",
    labels: ["model", "outcome"],
    buckets: REQUEST_SECONDS,
  },
  journeyman_model_request_cost_usd: {
    help: "Cost of one request in US dollars.",
    labels: ["role"],
    buckets: DOLLARS,
  },
  journeyman_model_request_tokens: { help: "Tokens of one request by kind.", labels: ["kind"], buckets: TOKENS },
  journeyman_tool_call_seconds: { help: "Time of one call of a tool.", labels: ["tool"], buckets: TOOL_SECONDS },
  journeyman_turn_seconds: {
    help: "Time from asking the model to the last result of the tools it called.",
    labels: ["role"],
    buckets: TURN_SECONDS,
  },
  journeyman_stage_seconds: {
    help: "Time of one pass through a stage.",
    labels: ["stage", "outcome"],
    buckets: STAGE_SECONDS,
  },
  journeyman_run_turns: { help: "Turns of a run at its end.", labels: ["outcome"], buckets: TURNS },
} as const satisfies Record<string, HistogramSpec>;

export const GAUGES = {
  journeyman_cache_read_ratio: {
    help: "Share of all input tokens that was read from the cache, since the process began.",
    labels: ["role"],
  },
  journeyman_runs: {
    help: "Live runs of the instance: active (at work or due), paused (until a time), waiting (for a person).",
    labels: ["state"],
  },
  journeyman_build_info: { help: "Always 1; the labels say what is running.", labels: ["version", "node"] },
} as const satisfies Record<string, Described>;

export type CounterName = keyof typeof COUNTERS;
export type HistogramName = keyof typeof HISTOGRAMS;
export type GaugeName = keyof typeof GAUGES;

/** The kinds of tokens, which do not overlap. */
export const TOKEN_KINDS = {
  input: "input",
  cacheRead: "cache_read",
  cacheWrite: "cache_write",
  output: "output",
} as const;
