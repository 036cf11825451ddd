import { asJourneymanError } from "../core/errors.ts";
import { compose, type Composed, composeInbox } from "./compose.ts";
import type { ServerConfig } from "./config.ts";
import { isReady } from "./readiness.ts";
import { retentionRound } from "./retention.ts";
import { createMetricsServer, createWeb, type Web } from "./server.ts";
import { startWorker, type Worker, WORKER_DEFAULTS } from "./worker.ts";

/** Which parts of the server this process is. */
export interface Parts {
  readonly web: boolean;
  readonly worker: boolean;
}

/** Time from a signal to the end of the process, whatever hangs: what is cut goes on from the journal. Milliseconds. */
const STOP_MS = 24_000;
/** Time for work under way when the process is asked to stop, in milliseconds. */
const GRACE_MS = 20_000;
/** Time for what was written to the log to get out, in milliseconds. */
const LINGER_MS = 500;

/** Of a web side over PostgreSQL, all that lies in the data directory is a copy. */
const diskOf = ({ DATABASE_URL, DATA_DIR }: ServerConfig, { worker }: Parts): string | null =>
  worker || DATABASE_URL === undefined ? DATA_DIR : null;

async function startWeb(config: ServerConfig, composed: Composed, parts: Parts): Promise<Web> {
  const { world, queue, log, metrics } = composed;
  const disk = diskOf(config, parts);
  const secrets = [config.WEBHOOK_SECRET, config.WEBHOOK_SECRET_PREVIOUS].filter((secret) => secret !== undefined);
  const web = createWeb({
    journal: world.journal,
    queue,
    clock: world.clock,
    host: config.GHE_HOST,
    labels: [config.TRIGGER_LABEL],
    secrets,
    log,
    ready: () => isReady({ ...world, queue, disk }),
    metrics: () => metrics.text(),
    metricsToken: config.METRICS_TOKEN,
  });
  const port = await web.listen(config.PORT, config.HOST);
  log.info({ host: config.HOST, port }, "web.listening");
  return web;
}

/** A worker that is alone in its process shows its metrics on a port of its own, if it was given one. */
async function startMetrics(config: ServerConfig, { metrics, log }: Composed): Promise<Web | null> {
  if (config.METRICS_PORT === undefined) return null;
  const page = createMetricsServer({ text: () => metrics.text(), token: config.METRICS_TOKEN }, log);
  const port = await page.listen(config.METRICS_PORT, config.METRICS_HOST);
  log.info({ host: config.METRICS_HOST, port }, "metrics.listening");
  return page;
}

/** Waits for a signal to stop; a second one ends the process at once. */
function untilSignalled(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      process.once(signal, () => process.exit(1));
      resolve(signal);
    });
  }
  return promise;
}

/** A worker that takes no work, and was mended in vain: another process may fare better. */
function giveUp({ log }: Composed): void {
  log.error({}, "worker.given_up");
  setTimeout(() => process.exit(1), LINGER_MS);
}

/** Runs the server until it is signalled. Work that is cut by the stop goes on from the journal at the next start. */
export async function serve(config: ServerConfig, parts: Parts): Promise<void> {
  try {
    await run(config, parts);
  } finally {
    // Connections that try for ever to come back must not keep a process alive that has done its work, or could not begin it.
    setTimeout(() => process.exit(), LINGER_MS).unref();
  }
}

async function run(config: ServerConfig, parts: Parts): Promise<void> {
  const composed = await compose(config, { hasMetricsPage: parts.web || config.METRICS_PORT !== undefined });
  const { world, queue, log } = composed;
  if (parts.worker)
    await composed.sandbox
      .report()
      .catch((error: unknown) => log.warn({ code: asJourneymanError(error).code, error }, "sandbox.not_ready"));
  const web = parts.web ? await startWeb(config, composed, parts) : await startMetrics(config, composed);
  const worker: Worker | null = parts.worker
    ? await startWorker(world, queue, {
        ...WORKER_DEFAULTS,
        concurrency: config.WORKER_CONCURRENCY,
        giveUp: () => giveUp(composed),
        rounds: [
          ...composeInbox(config, composed),
          retentionRound(world, { days: config.RETENTION_DAYS, dataDir: config.DATA_DIR }),
        ],
      })
    : null;
  if (worker !== null) log.info({ concurrency: config.WORKER_CONCURRENCY }, "worker.started");
  const signal = await untilSignalled();
  log.info({ signal }, "stopping");
  setTimeout(() => {
    log.warn({}, "stopped.late");
    setTimeout(() => process.exit(0), LINGER_MS);
  }, STOP_MS).unref();
  await web?.close(2_000);
  await (worker === null ? queue.close(GRACE_MS) : worker.close(GRACE_MS));
  await composed.close();
  log.info({}, "stopped");
}
