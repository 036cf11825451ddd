import { hostname } from "node:os";
import { join } from "node:path";
import { digestOf } from "../core/digest.ts";
import { fromUsd } from "../core/money/money.ts";
import { createRedactor, redactEvent } from "../core/text/redact.ts";
import type { Subject } from "../core/subject.ts";
import { createMirror } from "../git/trees.ts";
import { createForge, createInbox, type GitHubForge } from "../github/forge.ts";
import { createAnthropicModel } from "../model/anthropic.ts";
import { createProviders } from "../model/providers.ts";
import type { Journal } from "../ports/journal.ts";
import type { Model } from "../ports/model.ts";
import type { Sandbox } from "../ports/sandbox.ts";
import type { Queue } from "../ports/queue.ts";
import type { RedisAddress } from "../queue/connection.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { startLocalRedis } from "../queue/local-redis.ts";
import { openQueue } from "../queue/queue.ts";
import { createDockerSandbox } from "../sandbox/docker.ts";
import { createHttpsWeb } from "../web/web.ts";
import type { World } from "../run/world.ts";
import { systemClock } from "../local/clock.ts";
import { searchPath, secretsOf, type ServerConfig } from "./config.ts";
import { openDataDir } from "./data-dir.ts";
import { failpointOf, withReceivePoints } from "./failpoints.ts";
import { createLogger, type Logger } from "./logger.ts";
import { type ModelConfig, standInsOf, vendorsIn } from "./model-config.ts";
import { withKeyAlert } from "./model-key.ts";
import { makeRedelivery } from "./redelivery.ts";
import { composeArtifacts, composeJournal } from "./storage.ts";
import { watchJournal } from "./telemetry.ts";
import { timingsOf } from "./timings.ts";
import { makeUnheard } from "./unheard.ts";

/** Uid and gid of the sandbox's user: files of base trees belong to it. */
const SANDBOX_USER = { uid: 10_001, gid: 10_001 };

const PUBLIC_REGISTRIES: ReadonlySet<string> = new Set(["registry.npmjs.org", "pypi.org"]);

/** A dead worker's wakes are taken over after about this time. The journal's epoch decides who may write, not this lock. */
const QUEUE_LOCK = { lockMs: 5_000, checkMs: 2_000 };

export const composeLogger = (config: ServerConfig): Logger =>
  createLogger(config.LOG_LEVEL, createRedactor(secretsOf(config)));

const appOf = (config: ServerConfig) => ({
  appId: config.APP_ID,
  privateKey: config.PRIVATE_KEY,
  host: config.GHE_HOST,
  protocol: config.GHE_PROTOCOL,
  clock: systemClock,
  userAgent: "journeyman",
});

/** `readOnly`: no token that it asks for can write. */
export const composeForge = (config: ServerConfig, { readOnly = false } = {}): GitHubForge =>
  createForge({ ...appOf(config), readOnly });

const DAY_MS = 86_400_000;

/** What looks for deliveries and commands that did not get through. */
export function composeInbox(config: ServerConfig, { world, queue, log }: Pick<Composed, "world" | "queue" | "log">) {
  const { deliveries, issues } = createInbox(appOf(config), { host: config.GHE_HOST, labels: [config.TRIGGER_LABEL] });
  const { journal, clock } = world;
  const everyMs = config.DELIVERY_POLL_SECONDS * 1_000;
  const memoryMs = config.RETENTION_DAYS * DAY_MS;
  return [
    { name: "redelivery", everyMs, work: makeRedelivery({ deliveries, clock, log, everyMs }) },
    { name: "unheard", everyMs, work: makeUnheard({ issues, journal, queue, clock, log, everyMs, memoryMs }) },
  ];
}

export type DockerSandbox = Sandbox & { close(): Promise<void> };

export const composeSandbox = (config: ServerConfig): DockerSandbox =>
  createDockerSandbox({
    ...(config.DOCKER_HOST !== undefined && { dockerHost: config.DOCKER_HOST }),
    image: config.SANDBOX_IMAGE,
    instance: digestOf(config.DATA_DIR).slice(0, 12),
    dataDir: config.DATA_DIR,
    registries: {
      npm: config.NPM_REGISTRY,
      pypi: config.PYPI_REGISTRY,
      // A registry that the operator named may be at a private address; the public ones may not.
      privateHosts: [config.NPM_REGISTRY, config.PYPI_REGISTRY]
        .map((url) => new URL(url).hostname)
        .filter((host) => !PUBLIC_REGISTRIES.has(host)),
    },
  });

/** The vendor's package is loaded for those who speak its wire only: it takes a fifth of a second. */
async function openAiOf(config: ModelConfig): Promise<Model> {
  const { createOpenAiModel } = await import("../model/openai.ts");
  const { OPENAI_API_KEY: apiKey = "", OPENAI_BASE_URL: baseUrl, OPENAI_API: api } = config;
  return createOpenAiModel({ apiKey, api, ...(baseUrl !== undefined && { baseUrl }) });
}

/** Every provider that is configured, as one model. */
export async function composeModel(config: ModelConfig): Promise<Model> {
  const { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: baseUrl, MODEL_PRICES_FILE: prices } = config;
  return createProviders({
    providers: {
      ...(apiKey !== undefined && {
        anthropic: createAnthropicModel({ apiKey, ...(baseUrl !== undefined && { baseUrl }) }),
      }),
      ...(vendorsIn(config).has("openai") && { openai: await openAiOf(config) }),
    },
    standIns: standInsOf(config),
    ...(prices !== undefined && { prices }),
  });
}

const remoteOf = (config: ServerConfig) => (subject: Subject) =>
  `${config.GHE_PROTOCOL}://${config.GHE_HOST}/${subject.owner}/${subject.name}.git`;

/** The address of Redis: the one that was configured, else a server of this host in the data directory. */
export async function composeRedis(
  config: ServerConfig,
): Promise<{ address: RedisAddress; stop: () => Promise<void> }> {
  if (config.REDIS_URL !== undefined) return { address: { url: config.REDIS_URL }, stop: async () => {} };
  const local = await startLocalRedis({ directory: join(config.DATA_DIR, "redis"), searchPath: searchPath() });
  return { address: { path: local.path }, stop: () => local.stop() };
}

export interface Composed {
  readonly world: World;
  readonly queue: Queue;
  readonly log: Logger;
  readonly sandbox: DockerSandbox;
  readonly metrics: Metrics;
  /** Closes what only needs closing; queue and servers have ends of their own. */
  close(): Promise<void>;
}

/** What a run is driven with, over the journal that is given. */
export interface Workshop {
  readonly world: World;
  readonly sandbox: DockerSandbox;
}

/** The drivers of a run. `readOnly`: what is asked of GitHub is asked with tokens that cannot write there. */
export async function composeWorld(
  config: ServerConfig,
  { journal, log, readOnly = false }: { readonly journal: Journal; readonly log: Logger; readonly readOnly?: boolean },
): Promise<Workshop> {
  const redactor = createRedactor(secretsOf(config));
  const forge = composeForge(config, { readOnly });
  const sandbox = composeSandbox(config);
  const trees = createMirror({
    dataDir: config.DATA_DIR,
    remote: remoteOf(config),
    credential: (subject) => forge.installationToken(subject),
    allowedProtocols: config.GHE_PROTOCOL === "http" ? "https,http" : "https",
    chownTo: SANDBOX_USER,
    ...(config.NODE_EXTRA_CA_CERTS !== undefined && { caFile: config.NODE_EXTRA_CA_CERTS }),
  });
  const failpoint = failpointOf(config.JOURNEYMAN_FAILPOINT, log);
  const world: World = {
    journal: withReceivePoints(journal, failpoint),
    artifacts: await composeArtifacts(config),
    forge,
    trees,
    sandbox,
    model: withKeyAlert(await composeModel(config), log),
    web: createHttpsWeb({ hosts: config.WEB_HOSTS ?? [], privateHosts: config.WEB_PRIVATE_HOSTS ?? [] }),
    clock: systemClock,
    random: Math.random,
    dayCapMicroUsd: fromUsd(config.DAY_BUDGET_USD),
    log,
    redact: (event) => redactEvent(redactor, event),
    worker: `${hostname()}/${process.pid}`,
    view: { runUrl: null },
    timings: timingsOf(config.JOURNEYMAN_TIMINGS),
    failpoint,
  };
  return { world, sandbox };
}

/**
 * Chooses the drivers: here and nowhere else. What was opened is closed again when one of them cannot be had.
 * Throws `storage_unavailable`, `redis_missing`, `redis_unreachable`, `redis_policy`.
 */
export async function compose(config: ServerConfig, wish: { readonly hasMetricsPage: boolean }): Promise<Composed> {
  const opened: (() => Promise<void>)[] = [];
  let queue: Queue | null = null;
  const close = async (): Promise<void> => {
    for (const end of opened.toReversed()) await end();
  };
  try {
    const log = composeLogger(config);
    await openDataDir(config.DATA_DIR);
    const redis = await composeRedis(config);
    opened.push(() => redis.stop());
    queue = await openQueue({ connection: redis.address, lock: QUEUE_LOCK, log });
    await queue.check();
    const watched = await watchJournal(await composeJournal(config, log), config, { log, ...wish });
    const { journal, metrics } = watched;
    const { world, sandbox } = await composeWorld(config, { journal, log });
    opened.push(
      () => sandbox.close(),
      () => watched.close(),
      () => journal.close(),
    );
    return { world, queue, log, sandbox, metrics, close };
  } catch (thrown) {
    await queue?.close(0).catch(() => {});
    await close().catch(() => {});
    throw thrown;
  }
}
