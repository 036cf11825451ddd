import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { secretsOf, serverConfig } from "../../../src/app/config.ts";
import { tracingOf } from "../../../src/app/telemetry-config.ts";
import { spanIdOf, traceIdOf } from "../../../src/telemetry/ids.ts";
import { RUN } from "../../support/facts.ts";

const REQUIRED = {
  APP_ID: "7",
  PRIVATE_KEY: "-----BEGIN PRIVATE KEY-----",
  WEBHOOK_SECRET: "secret",
  ANTHROPIC_API_KEY: "key",
};
const config = (more: Record<string, string> = {}) => serverConfig({ ...REQUIRED, ...more });
const tracing = (more: Record<string, string>) => tracingOf(config(more), "1.2.3");

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/" };

test("traces go nowhere unless a collector is named", () => {
  expect(tracing({})).toBeNull();
  expect(tracing({ ...ENDPOINT, OTEL_SDK_DISABLED: "true" })).toBeNull();
  expect(tracing({ ...ENDPOINT, OTEL_TRACES_SAMPLER: "parentbased_always_off" })).toBeNull();
  expect(tracing(ENDPOINT)).toMatchObject({ url: "http://collector:4318/v1/traces", ratio: 1, withContent: false });
  const own = { ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://other:4318/mine" };
  expect(tracing(own)).toMatchObject({ url: "http://other:4318/mine" });
});

test("OpenTelemetry's own variables mean what they mean elsewhere", () => {
  const wish = tracing({
    ...ENDPOINT,
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20abc, x-scope = team%2Cone",
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-scope=two",
    OTEL_RESOURCE_ATTRIBUTES: "service.name=ours,deployment.environment.name=test",
    OTEL_TRACES_SAMPLER: "traceidratio",
    OTEL_TRACES_SAMPLER_ARG: "0.25",
  });
  expect(wish?.headers).toEqual({ authorization: "Bearer abc", "x-scope": "two" });
  expect(wish?.resource).toMatchObject({ "service.name": "ours", "deployment.environment.name": "test" });
  expect(wish?.ratio).toBe(0.25);
  expect(tracing({ ...ENDPOINT, OTEL_SERVICE_NAME: "named" })?.resource["service.name"]).toBe("named");
});

test("credentials among headers are secrets; ordinary words are not", () => {
  const secrets = secretsOf(
    config({
      METRICS_TOKEN: "a token for the metrics",
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20abcdef,x-scope=production,x-other=0123456789abcdef0123",
    }),
  );
  expect(secrets).toEqual(expect.arrayContaining(["a token for the metrics", "abcdef", "0123456789abcdef0123"]));
  expect(secrets).not.toContain("production");
});

test("every fault is named at once, with its variable", () => {
  const faulty = {
    METRICS_TOKEN: "short",
    METRICS_PORT: "x",
    OTEL_EXPORTER_OTLP_ENDPOINT: "collector",
    OTEL_EXPORTER_OTLP_HEADERS: "no pair",
    OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
    OTEL_TRACES_SAMPLER: "jaeger_remote",
    OTEL_TRACES_SAMPLER_ARG: "2",
    OTEL_SDK_DISABLED: "perhaps",
  };
  let sentence = "";
  try {
    config(faulty);
  } catch (error) {
    sentence = String(error);
  }
  for (const name of Object.keys(faulty)) expect(sentence).toContain(name);
  expect(sentence).toContain("OTEL_EXPORTER_OTLP_PROTOCOL must be http/json");
});

test("a log line about a run names its trace; another does not", () => {
  const program = `
    import { createLogger } from "./src/app/logger.ts";
    const log = createLogger("info", (line) => line);
    log.info({ run: ${JSON.stringify(RUN)}, stage: "plan" }, "stage.failed");
    log.info({ run: "no run" }, "other");
    log.info({}, "stopped");`;
  const node = [process.execPath, "--input-type=module", "-e", program] as const;
  const lines = execFileSync("sh", ["-c", 'exec "$@" 2>&1', "sh", ...node], { encoding: "utf8" });
  const [first, ...others] = lines
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(first).toMatchObject({
    run: RUN,
    stage: "plan",
    trace_id: traceIdOf(RUN),
    span_id: spanIdOf(RUN, "run"),
    msg: "stage.failed",
  });
  for (const other of others) expect(other).not.toHaveProperty("trace_id");
});

test("a trace's id is the run's id as a number: 32 digits, different for each run, its end random", () => {
  expect(traceIdOf(RUN)).toMatch(/^[0-9a-f]{32}$/);
  expect(traceIdOf(RUN).slice(-20)).toBe("0102030405060708090a");
  expect(spanIdOf(RUN, "turn/3")).toMatch(/^[0-9a-f]{16}$/);
  expect(spanIdOf(RUN, "turn/3")).not.toBe(spanIdOf(RUN, "chat/3"));
});
