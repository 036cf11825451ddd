import type { HrTime, SpanContext } from "@opentelemetry/api";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import type { RunId } from "../core/ids.ts";
import { spanIdOf, traceIdOf } from "./ids.ts";
import { spanText } from "./spans.ts";
import type { Consumer, Work } from "./work.ts";

/*
 * Finished work as OpenTelemetry spans, sent by OTLP over HTTP. A span is made when its work is over, with the times of the facts and
 * ids that come from the run, so the SDK's tracer, which gives times and ids itself, has no part in it; its batches, its sampler and
 * its exporter have. No provider is registered for the process: the vendors' clients would send spans of the same requests.
 */

export interface TracingOptions {
  /** Where traces go: the whole address. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of the process: `service.name` and what else the operator says. */
  readonly resource: Readonly<Record<string, string>>;
  readonly version: string;
  /** Share of runs whose traces are sent, 0 to 1. A run's trace is sent as a whole or not at all, by every process alike. */
  readonly ratio: number;
  readonly withContent: boolean;
  /** Told of a batch that could not be sent, with the number of its spans. */
  readonly failed: (spans: number, error: unknown) => void;
}

export interface Tracing extends Consumer {
  /** Sends what is left, for at most so many milliseconds. */
  close(graceMs: number): Promise<void>;
}

/** Longest wait of a finished span for others, and longest time that a batch may take, in milliseconds. */
const BATCH = { scheduledDelayMillis: 2_000, exportTimeoutMillis: 10_000, maxQueueSize: 8_192 };

const SAMPLED = 1;
const INTERNAL = 0;
const CLIENT = 2;
const FAILED = 2;

const hrTime = (ms: number): HrTime => [Math.floor(ms / 1000), (ms % 1000) * 1_000_000];

/** What a batch's processor and exporter want of a span. */
function spanOf(work: Work, shared: Pick<ReadableSpan, "resource" | "instrumentationScope">, withContent: boolean) {
  const { name, attributes } = spanText(work, withContent);
  const context = (key: string): SpanContext => ({
    traceId: traceIdOf(work.run),
    spanId: spanIdOf(work.run, key),
    traceFlags: SAMPLED,
  });
  const own = context(work.key);
  const span: ReadableSpan = {
    ...shared,
    name,
    kind: work.kind === "chat" ? CLIENT : INTERNAL,
    spanContext: () => own,
    ...(work.parent !== null && { parentSpanContext: context(work.parent) }),
    startTime: hrTime(work.start),
    endTime: hrTime(work.end),
    duration: hrTime(work.end - work.start),
    ended: true,
    status: work.error === null ? { code: 0 } : { code: FAILED, message: work.error },
    attributes,
    links: [],
    events: [],
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
  return span;
}

/** The exporter, with every batch that it could not send told. */
function watched(exporter: SpanExporter, failed: TracingOptions["failed"]): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined) failed(spans.length, result.error);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}

/** Loads the SDK: about a tenth of a second, so only when there is somewhere to send traces to. */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  const [
    { BatchSpanProcessor, SamplingDecision, TraceIdRatioBasedSampler },
    { OTLPTraceExporter },
    { resourceFromAttributes },
    api,
  ] = await Promise.all([
    import("@opentelemetry/sdk-trace"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/resources"),
    import("@opentelemetry/api"),
  ]);
  const { url, headers, resource, version, ratio, withContent, failed } = options;
  const exporter = watched(new OTLPTraceExporter({ url, headers: { ...headers } }), failed);
  const processor = new BatchSpanProcessor({ exporter, ...BATCH });
  const sampler = new TraceIdRatioBasedSampler(ratio);
  const shared = {
    resource: resourceFromAttributes({ ...resource }),
    instrumentationScope: { name: "journeyman", version },
  };
  const isSampled = (run: RunId): boolean =>
    sampler.shouldSample(api.ROOT_CONTEXT, traceIdOf(run)).decision === SamplingDecision.RECORD_AND_SAMPLED;
  return {
    take: (work) => {
      if (isSampled(work.run)) processor.onEnd(spanOf(work, shared, withContent));
    },
    close: async (graceMs) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, graceMs);
      await Promise.race([processor.shutdown().catch(() => {}), promise]);
      clearTimeout(timer);
    },
  };
}
