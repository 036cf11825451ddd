import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { JourneymanError } from "../core/errors.ts";

/*
 * The server's configuration: the only place that reads the environment. All faults are reported at once; what comes out is frozen
 * and trusted from then on. Every secret may also come from a file: NAME_FILE names it.
 */

const SECRETS = ["PRIVATE_KEY", "WEBHOOK_SECRET", "WEBHOOK_SECRET_PREVIOUS", "ANTHROPIC_API_KEY", "REDIS_URL"] as const;

const text = z.string().trim().min(1);
const port = z.coerce.number().int().min(0).max(65_535);

/** What every program needs. */
const Local = z.object({
  DATA_DIR: text.default("./data"),
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
  ANTHROPIC_API_KEY: text,
  ANTHROPIC_BASE_URL: z.url().optional(),
  REDIS_URL: text.optional(),
  DATABASE_URL: z
    .never({ error: "is not supported in this version: leave it unset, the journal is in DATA_DIR" })
    .optional(),
  DOCKER_HOST: text.optional(),
  SANDBOX_IMAGE: text.default("journeyman-sandbox:dev"),
  SANDBOX_DRIVER: z.enum(["docker"]).default("docker"),
  NPM_REGISTRY: z.url().default("https://registry.npmjs.org"),
  PYPI_REGISTRY: z.url().default("https://pypi.org"),
  /** A PEM file of authorities to trust besides the system's, as Node itself reads it; git is given the same. */
  NODE_EXTRA_CA_CERTS: text.optional(),
  TRIGGER_LABEL: text.default("journeyman"),
  /** Most that one installation may spend on the model in a UTC day, in US dollars; a repository's settings may only lower it. */
  DAY_BUDGET_USD: z.coerce.number().positive().default(50),
  WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(4),
});

/** Every variable this program reads; `.env.example` explains them. */
export const VARIABLES: readonly string[] = [
  ...Object.keys(Server.shape),
  ...SECRETS.map((name) => `${name}_FILE`),
  "PRIVATE_KEY_PATH",
];

export interface LocalConfig extends Readonly<z.infer<typeof Local>> {}
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
      result[name] = readFileSync(path, "utf8").trim();
    } catch {
      faults.push(`${source}: the file ${path} cannot be read`);
    }
  }
  // A key on one line, as environment files often carry it.
  if (result["PRIVATE_KEY"] !== undefined) result["PRIVATE_KEY"] = result["PRIVATE_KEY"].replaceAll("\\n", "\n");
  return result;
}

function read<T extends LocalConfig>(schema: z.ZodType<T>, environment: Environment): T {
  const faults: string[] = [];
  const parsed = schema.safeParse(withFiles(environment, faults));
  if (!parsed.success) {
    const missing = (issue: z.core.$ZodIssue): string =>
      issue.code === "invalid_type" && issue.input === undefined ? "is not set" : issue.message;
    faults.push(...parsed.error.issues.map((issue) => `${issue.path.join(".")} ${missing(issue)}`));
  }
  if (faults.length > 0 || !parsed.success)
    throw new JourneymanError("config_invalid", { count: faults.length, faults: faults.join("; ") });
  return Object.freeze({ ...parsed.data, DATA_DIR: resolve(parsed.data.DATA_DIR) });
}

/** @throws config_invalid naming every fault */
export const serverConfig = (environment: Environment = process.env): ServerConfig => read(Server, environment);

/** @throws config_invalid naming every fault */
export const localConfig = (environment: Environment = process.env): LocalConfig => read(Local, environment);

const passwordIn = (url: string | undefined): string | undefined =>
  url !== undefined && URL.canParse(url) && new URL(url).password !== ""
    ? decodeURIComponent(new URL(url).password)
    : undefined;

/** Every secret in a configuration, for redaction. */
export const secretsOf = (config: ServerConfig): string[] =>
  [
    passwordIn(config.REDIS_URL),
    config.PRIVATE_KEY,
    config.WEBHOOK_SECRET,
    config.WEBHOOK_SECRET_PREVIOUS,
    config.ANTHROPIC_API_KEY,
  ].filter((secret) => secret !== undefined);

export const searchPath = (): string => process.env["PATH"] ?? "";
