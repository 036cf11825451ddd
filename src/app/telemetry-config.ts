import { hostname } from "node:os";
import { z } from "zod";

/*
 * What the environment says about metrics and traces. The `OTEL_*` names and their meanings are OpenTelemetry's own.
 */

const text = z.string().trim().min(1);

/** `key=value,key=value`, both percent-encoded, as OpenTelemetry writes lists. */
const pairs = text.refine((value) => parsePairs(value) !== null, "must be key=value pairs, separated by commas");

const SAMPLERS = ["always_on", "always_off", "traceidratio"] as const;

export const Telemetry = z.object({
  METRICS_TOKEN: text.min(16, "must have at least 16 characters").optional(),
  METRICS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  METRICS_HOST: text.default("127.0.0.1"),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.url().optional(),
  OTEL_EXPORTER_OTLP_HEADERS: pairs.optional(),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: pairs.optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: z.enum(["http/json"], { error: "must be http/json, the only one there is" }).optional(),
  OTEL_SERVICE_NAME: text.optional(),
  OTEL_RESOURCE_ATTRIBUTES: pairs.optional(),
  OTEL_TRACES_SAMPLER: z.enum(SAMPLERS.flatMap((name) => [name, `parentbased_${name}` as const])).default("always_on"),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  OTEL_SDK_DISABLED: z.stringbool().default(false),
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: z.stringbool().default(false),
});
export interface TelemetryConfig extends Readonly<z.infer<typeof Telemetry>> {}

export const TELEMETRY_SECRETS = [
  "METRICS_TOKEN",
  "OTEL_EXPORTER_OTLP_HEADERS",
  "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
] as const;

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return null;
  }
}

function parsePairs(value: string): Record<string, string> | null {
  const record: Record<string, string> = {};
  for (const pair of value.split(",").filter((part) => part.trim() !== "")) {
    const [, key = "", raw = ""] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    const [name, content] = [decoded(key), decoded(raw)];
    if (!name || content === null) return null;
    record[name] = content;
  }
  return record;
}

const headersOf = (config: TelemetryConfig): Record<string, string> => ({
  ...parsePairs(config.OTEL_EXPORTER_OTLP_HEADERS ?? ""),
  ...parsePairs(config.OTEL_EXPORTER_OTLP_TRACES_HEADERS ?? ""),
});

/** Headers that say who asks. Others may hold ordinary words, which must stay readable, unless they are as long as a key. */
const CREDENTIAL = /auth|key|token|secret|password|cookie/i;
const KEY_LENGTH = 20;

/** What in this configuration must not be seen. */
export const telemetrySecrets = (config: TelemetryConfig): (string | undefined)[] => [
  config.METRICS_TOKEN,
  ...Object.entries(headersOf(config))
    .map(([name, value]) => [name, value.replace(/^(?:Bearer|Basic)\s+/i, "")] as const)
    .filter(([name, value]) => CREDENTIAL.test(name) || value.length >= KEY_LENGTH)
    .map(([, value]) => value),
];

/** Where traces go; null when they go nowhere. */
function tracesUrl(config: TelemetryConfig): string | null {
  if (config.OTEL_SDK_DISABLED || config.OTEL_TRACES_SAMPLER.endsWith("always_off")) return null;
  if (config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT !== undefined) return config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  const base = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  return base === undefined ? null : `${base.replace(/\/$/, "")}/v1/traces`;
}

/** How traces are sent; null when they are not. */
export function tracingOf(config: TelemetryConfig, version: string) {
  const url = tracesUrl(config);
  if (url === null) return null;
  const named = config.OTEL_SERVICE_NAME;
  return {
    url,
    headers: headersOf(config),
    resource: {
      "service.name": "journeyman",
      "service.version": version,
      "service.instance.id": `${hostname()}/${process.pid}`,
      ...parsePairs(config.OTEL_RESOURCE_ATTRIBUTES ?? ""),
      ...(named !== undefined && { "service.name": named }),
    },
    version,
    ratio: config.OTEL_TRACES_SAMPLER.endsWith("ratio") ? config.OTEL_TRACES_SAMPLER_ARG : 1,
    withContent: config.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT,
  };
}
