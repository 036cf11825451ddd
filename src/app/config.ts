import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { JourneymanError } from "../core/errors.ts";
import { MODEL_SECRETS, modelFaults, modelSecrets, ModelService } from "./model-config.ts";
import { FAILPOINT } from "./failpoints.ts";
import { Storage, STORAGE_SECRETS, storageFaults } from "./storage-config.ts";
import { TIMINGS } from "./timings.ts";
import { Telemetry, TELEMETRY_SECRETS, telemetrySecrets } from "./telemetry-config.ts";
import { WebAccess } from "./web-config.ts";

/*
 * The server's configuration: the only place that reads the environment. All faults are reported at once; what comes out is frozen
 * and trusted from then on. Every secret may also come from a file: NAME_FILE names it.
 */

const SECRETS = [
  "PRIVATE_KEY",
  "WEBHOOK_SECRET",
  "WEBHOOK_SECRET_PREVIOUS",
  ...MODEL_SECRETS,
  "REDIS_URL",
  ...STORAGE_SECRETS,
  ...TELEMETRY_SECRETS,
] as const;

const text = z.string().trim().min(1);
const port = z.coerce.number().int().min(0).max(65_535);

/** What every program needs. */
const Local = z.object({
  ...Storage.shape,
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
});

/** What `serve`, `web` and `work` need besides. */
const Server = Local.extend({
  APP_ID: z.coerce.number({ error: "must be the App's number" }).int().positive(),
  PRIVATE_KEY: text.refine((key) => key.includes("PRIVATE KEY-----"), "must be a PEM private key"),
  WEBHOOK_SECRET: text,
  WEBHOOK_SECRET_PREVIOUS: text.optional(),
  GHE_HOST: text.default("github.com"),
  GHE_PROTOCOL: z.enum(["https", "http"]).default("https"),
  HOST: text.default("127.0.0.1"),
  PORT: port.default(3000),
  ...ModelService.shape,
  REDIS_URL: text.optional(),
  DOCKER_HOST: text.optional(),
  SANDBOX_IMAGE: text.default("journeyman-sandbox:dev"),
  SANDBOX_DRIVER: z.enum(["docker"]).default("docker"),
  NPM_REGISTRY: z.url().default("https://registry.npmjs.org"),
  PYPI_REGISTRY: z.url().default("https://pypi.org"),
  ...WebAccess.shape,
  /** A PEM file of authorities to trust besides the system's, as Node itself reads it; git is given the same. */
  NODE_EXTRA_CA_CERTS: text.optional(),
  TRIGGER_LABEL: text.default("journeyman"),
  /** Most that one installation may spend on the model in a UTC day, in US dollars; a repository's settings may only lower it. */
  DAY_BUDGET_USD: z.coerce.number().positive().default(50),
  WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(4),
  /** How often what GitHub sent and did not get through is looked for, in seconds. */
  DELIVERY_POLL_SECONDS: z.coerce.number().min(1).max(3_600).default(300),
  /** For suites that kill this process at a named moment; never set in production. */
  JOURNEYMAN_FAILPOINT: text.regex(FAILPOINT, "must be POINT[#N]=kill or =stop").optional(),
  /** For suites that wait for waits; never set in production. */
  JOURNEYMAN_TIMINGS: text.regex(TIMINGS, "must be NAME=MILLISECONDS, such as parkMs=500").optional(),
  ...Telemetry.shape,
});

/** What `eval` needs besides; a provider only when it asks live models. */
const Evals = Local.extend({
  ...ModelService.shape,
  DOCKER_HOST: Server.shape.DOCKER_HOST,
  SANDBOX_IMAGE: Server.shape.SANDBOX_IMAGE,
});

/** Every variable this program reads; `.env.example` explains them. */
export const VARIABLES: readonly string[] = [
  ...Object.keys(Server.shape),
  ...SECRETS.map((name) => `${name}_FILE`),
  "PRIVATE_KEY_PATH",
];

export interface LocalConfig extends Readonly<z.infer<typeof Local>> {}
export interface EvalConfig extends Readonly<z.infer<typeof Evals>> {}
export interface ServerConfig extends Readonly<z.infer<typeof Server>> {}

type Environment = Readonly<Record<string, string | undefined>>;

/** The environment with `NAME_FILE` and `PRIVATE_KEY_PATH` read in. Unset and empty are the same. */
function withFiles(environment: Environment, faults: string[]): Record<string, string> {
  const values = Object.entries(environment).flatMap(([name, value]): [string, string][] =>
    value ? [[name, value]] : [],
  );
  const result: Record<string, string> = Object.fromEntries(values);
  const files = [
    ...SECRETS.map((name) => [name, `${name}_FILE`] as const),
    ["PRIVATE_KEY", "PRIVATE_KEY_PATH"] as const,
  ];
  for (const [name, source] of files) {
    const path = result[source];
    if (path === undefined || result[name] !== undefined) continue;
    try {
      const content = readFileSync(path, "utf8").trim();
      if (content !== "") result[name] = content;
    } catch {
      faults.push(`${source}: the file ${path} cannot be read`);
    }
  }
  // A key on one line, as environment files often carry it.
  if (result["PRIVATE_KEY"] !== undefined) result["PRIVATE_KEY"] = result["PRIVATE_KEY"].replaceAll("\\n", "\n");
  return result;
}

/** Faults that no single variable shows; `parsed` is null when some variable has one of its own. */
type Judge<T> = (values: Readonly<Record<string, string>>, parsed: T | null) => string[];

function read<T extends LocalConfig>(schema: z.ZodType<T>, environment: Environment, judge: Judge<T> = () => []): T {
  const faults: string[] = [];
  const values = withFiles(environment, faults);
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    const missing = (issue: z.core.$ZodIssue): string =>
      issue.code === "invalid_type" && issue.input === undefined ? "is not set" : issue.message;
    faults.push(...parsed.error.issues.map((issue) => `${issue.path.join(".")} ${missing(issue)}`));
  }
  faults.push(...storageFaults(values), ...judge(values, parsed.success ? parsed.data : null));
  if (faults.length > 0 || !parsed.success)
    throw new JourneymanError("config_invalid", { count: faults.length, faults: faults.join("; ") });
  return Object.freeze({ ...parsed.data, DATA_DIR: resolve(parsed.data.DATA_DIR) });
}

/** @throws config_invalid naming every fault */
export const serverConfig = (environment: Environment = process.env): ServerConfig =>
  read<ServerConfig>(Server, environment, modelFaults);

/** @throws config_invalid naming every fault */
export const localConfig = (environment: Environment = process.env): LocalConfig => read(Local, environment);

/** @throws config_invalid naming every fault */
export const evalConfig = (live: boolean, environment: Environment = process.env): EvalConfig =>
  read<EvalConfig>(Evals, environment, live ? modelFaults : undefined);

const passwordIn = (url: string | undefined): string | undefined =>
  url !== undefined && URL.canParse(url) && new URL(url).password !== ""
    ? decodeURIComponent(new URL(url).password)
    : undefined;

/** Every secret in a configuration, for redaction. */
export const secretsOf = (config: ServerConfig): string[] =>
  [
    passwordIn(config.REDIS_URL),
    passwordIn(config.DATABASE_URL),
    config.AWS_ACCESS_KEY_ID,
    config.AWS_SECRET_ACCESS_KEY,
    config.AWS_SESSION_TOKEN,
    config.PRIVATE_KEY,
    config.WEBHOOK_SECRET,
    config.WEBHOOK_SECRET_PREVIOUS,
    ...modelSecrets(config),
    ...telemetrySecrets(config),
  ].filter((secret) => secret !== undefined);

export const searchPath = (): string => process.env["PATH"] ?? "";
