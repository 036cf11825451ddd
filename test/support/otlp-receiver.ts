import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { z } from "zod";

/*
 * A collector's door for traces: OTLP over HTTP in JSON, as the specification has it (POST /v1/traces, ids in hexadecimal, times as
 * decimal text in nanoseconds). What it is sent is checked by a strict schema; a request that does not fit is answered with 400 and
 * remembered as a fault.
 */

const Id = (bytes: number) => z.string().regex(new RegExp(`^(?!0+$)[0-9a-f]{${bytes * 2}}$`));
const Nanos = z.string().regex(/^\d{19}$/);

const Value = z.union([
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ boolValue: z.boolean() }),
  z.strictObject({ intValue: z.union([z.number(), z.string()]) }),
  z.strictObject({ doubleValue: z.number() }),
  z.strictObject({ arrayValue: z.object({ values: z.array(z.object({ stringValue: z.string() })) }) }),
]);
const Attributes = z.array(z.strictObject({ key: z.string().min(1), value: Value }));

const Span = z.object({
  traceId: Id(16),
  spanId: Id(8),
  parentSpanId: Id(8).optional(),
  name: z.string().min(1),
  kind: z.int().min(1).max(5),
  startTimeUnixNano: Nanos,
  endTimeUnixNano: Nanos,
  attributes: Attributes,
  status: z.object({ code: z.int().min(0).max(2), message: z.string().optional() }),
});

const Body = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: Attributes }),
      scopeSpans: z.array(z.object({ scope: z.object({ name: z.string() }), spans: z.array(Span) })),
    }),
  ),
});

type Plain = string | number | boolean | readonly string[];

export interface ReceivedSpan {
  readonly traceId: string;
  readonly id: string;
  readonly parent: string | null;
  readonly name: string;
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly end: bigint;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, Plain>>;
  readonly resource: Readonly<Record<string, Plain>>;
}

function plain(value: z.infer<typeof Value>): Plain {
  if ("stringValue" in value) return value.stringValue;
  if ("boolValue" in value) return value.boolValue;
  if ("intValue" in value) return Number(value.intValue);
  if ("doubleValue" in value) return value.doubleValue;
  return value.arrayValue.values.map(({ stringValue }) => stringValue);
}

const record = (attributes: z.infer<typeof Attributes>): Record<string, Plain> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]));

function spansOf(body: unknown): ReceivedSpan[] {
  return Body.parse(body).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        traceId: span.traceId,
        id: span.spanId,
        parent: span.parentSpanId ?? null,
        name: span.name,
        start: BigInt(span.startTimeUnixNano),
        end: BigInt(span.endTimeUnixNano),
        failed: span.status.code === 2,
        attributes: record(span.attributes),
        resource: record(resource.attributes),
      })),
    ),
  );
}

export interface OtlpReceiver {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  /** In the order of arrival. */
  readonly spans: readonly ReceivedSpan[];
  /** Headers of every request. */
  readonly headers: readonly Readonly<Record<string, unknown>>[];
  /** What did not fit. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const headers: Record<string, unknown>[] = [];
  const faults: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      try {
        headers.push(request.headers);
        if (`${request.method} ${request.url}` !== "POST /v1/traces") throw new TypeError(`asked for ${request.url}`);
        const raw = Buffer.concat(chunks);
        const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
        spans.push(...spansOf(JSON.parse(body.toString())));
        response.writeHead(200, { "content-type": "application/json" }).end("{}");
      } catch (error) {
        faults.push(String(error));
        response.writeHead(400).end();
      }
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return { url: `http://127.0.0.1:${port}`, spans, headers, faults, close };
}

/** What keeps the spans from being one tree whose children lie within their parents, each id used once. Empty when nothing does. */
export function faultsOfTree(spans: readonly ReceivedSpan[]): string[] {
  const byId = new Map(spans.map((span) => [span.id, span]));
  const roots = spans.filter(({ parent }) => parent === null);
  const faults = spans.flatMap((span) => {
    const parent = span.parent === null ? span : byId.get(span.parent);
    if (span.end < span.start) return [`${span.name} ends before it starts`];
    if (parent === undefined) return [`${span.name} has a parent that was not sent`];
    if (parent.traceId !== span.traceId) return [`${span.name} is in another trace than its parent`];
    return span.start < parent.start || span.end > parent.end ? [`${span.name} is not within ${parent.name}`] : [];
  });
  if (roots.length !== 1) faults.push(`${roots.length} roots`);
  if (byId.size !== spans.length) faults.push(`${spans.length - byId.size} ids used again`);
  return faults;
}
