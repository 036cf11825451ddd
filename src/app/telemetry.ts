import type { Journal } from "../ports/journal.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics.ts";
import { withObserver } from "../telemetry/observe.ts";
import { startTracing } from "../telemetry/tracing.ts";
import { systemClock } from "../local/clock.ts";
import type { Logger } from "./logger.ts";
import { packageVersion } from "./package-version.ts";
import { tracingOf, type TelemetryConfig } from "./telemetry-config.ts";

/** Time for the last traces when the process ends, in milliseconds. */
const GRACE_MS = 2_000;

/** A collector that is away is spoken of this often, in milliseconds. */
const QUIET_MS = 60_000;

export interface Watched {
  /** The journal, watched. */
  readonly journal: Journal;
  readonly metrics: Metrics;
  /** Sends the last traces; after the journal was closed. */
  close(): Promise<void>;
}

export interface Watching {
  readonly log: Pick<Logger, "warn">;
  /** Whether this process shows its metrics to anybody. */
  readonly hasMetricsPage: boolean;
}

/** Watches a journal for metrics, and for traces where a collector is configured. With neither it is left as it is. */
export async function watchJournal(
  journal: Journal,
  config: TelemetryConfig,
  { log, hasMetricsPage }: Watching,
): Promise<Watched> {
  const version = packageVersion();
  const metrics = createMetrics({
    journal,
    now: systemClock.now,
    build: { version, node: process.versions.node },
    failed: (error) => log.warn({ error }, "metrics.failed"),
  });
  let spoken = 0;
  const lost = (spans: number, error: unknown): void => {
    if (hasMetricsPage) metrics.lostSpans(spans);
    if (systemClock.now() - spoken < QUIET_MS) return;
    spoken = systemClock.now();
    log.warn({ spans, error }, "traces.not_sent");
  };
  const wish = tracingOf(config, version);
  const tracing = wish === null ? null : await startTracing({ ...wish, failed: lost });
  if (tracing === null && !hasMetricsPage) return { journal, metrics, close: async () => {} };
  const observed = withObserver(journal, {
    consumer: {
      take: (work) => {
        if (hasMetricsPage) metrics.take(work);
        tracing?.take(work);
      },
    },
    failed: (run, error) => log.warn({ run, error }, "telemetry.failed"),
  });
  return { journal: observed, metrics, close: async () => tracing?.close(GRACE_MS) };
}
