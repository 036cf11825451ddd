import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { z } from "zod";
import { eventually } from "./instance.ts";

/* A real Prometheus on loopback, with a data directory of its own, that scrapes what it is told to four times a second. */

const onPath = (program: string): boolean =>
  (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));

/** Whether this machine has one (Debian: the package `prometheus`; script/bootstrap installs it). */
export const hasPrometheus = onPath("prometheus") && onPath("promtool");

const Answer = z.object({
  status: z.literal("success"),
  data: z.object({
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
});

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Prometheus {
  /** An instant query; PromQL that does not parse is an error. */
  query(expression: string): Promise<Sample[]>;
  stop(): Promise<void>;
}

export interface Target {
  readonly port: number;
  readonly token?: string;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const configFor = ({ port, token }: Target): string =>
  JSON.stringify({
    global: { scrape_interval: "250ms", scrape_timeout: "250ms" },
    scrape_configs: [
      {
        job_name: "journeyman",
        static_configs: [{ targets: [`127.0.0.1:${port}`] }],
        ...(token !== undefined && { authorization: { type: "Bearer", credentials: token } }),
      },
    ],
  });

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

/** Starts it, and waits until it has scraped the target once. */
export async function startPrometheus(target: Target): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), "prometheus-"));
  // JSON is YAML.
  await writeFile(join(folder, "prometheus.yml"), configFor(target));
  const url = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(
    "prometheus",
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${url.slice("http://".length)}`,
      "--log.level=error",
    ],
    { stdio: "ignore" },
  );
  const query = async (expression: string): Promise<Sample[]> => {
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { data } = Answer.parse(await answer.json());
    return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  };
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await eventually("the first scrape", () =>
      query('up{job="journeyman"} == 1').then(
        (samples) => samples.length > 0,
        () => false,
      ),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { query, stop };
}

/** What promtool says against a metrics page; empty when nothing. */
export async function lintMetrics(page: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const child = execFile("promtool", ["check", "metrics"], (error, stdout, stderr) =>
    resolve(`${stdout}${stderr}${error === null ? "" : `\n${error.message}`}`.trim()),
  );
  child.stdin?.end(page);
  return promise;
}
