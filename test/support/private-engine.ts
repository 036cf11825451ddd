import { ok } from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { SANDBOX_IMAGE } from "./docker.ts";

const run = promisify(execFile);

/**
 * A Docker engine of a test's own, without live-restore and without networks, which may be stopped and killed. Needs root and `dockerd`.
 * The sandbox image is copied from the machine's engine: about ten seconds, so share one engine within a file.
 */
export interface PrivateEngine {
  /** For DOCKER_HOST and `createDockerSandbox`. */
  readonly host: string;
  readonly running: boolean;
  /** Starts it again on the same data; returns when it answers. */
  start(): Promise<void>;
  /** SIGTERM, as a restart of the service does: its containers end with it. */
  stop(): Promise<void>;
  /** SIGKILL: its containers go on without it until it starts again, which ends them. */
  kill(): Promise<void>;
  /** `stop`, so many milliseconds of silence, `start`. */
  restart(awayMs?: number): Promise<void>;
  /** SIGSTOP and SIGCONT: it accepts connections and never answers. */
  freeze(): void;
  thaw(): void;
  /** Standard output of the client on this engine. */
  docker(...words: string[]): Promise<string>;
  /** Copies an image from the machine's engine. */
  load(image: string): Promise<void>;
  /** Ends it and removes all its data. */
  remove(): Promise<void>;
}

const START_MS = 30_000;
const LOAD_MS = 120_000;
const STOP_MS = 30_000;

interface Place {
  readonly directory: string;
  readonly host: string;
}

const answers = (host: string): Promise<boolean> =>
  run("docker", ["--host", host, "version"], { timeout: 5_000 }).then(
    () => true,
    () => false,
  );

async function launch({ directory, host }: Place): Promise<ChildProcess> {
  const at = (name: string) => join(directory, name);
  const settings = ["--data-root", at("data"), "--exec-root", at("exec"), "--pidfile", at("pid"), "--host", host];
  // In a network of its own: an engine without a bridge removes the one of the engine beside it.
  const engine = ["dockerd", ...settings, "--bridge=none", "--iptables=false", "--log-level=warn"];
  const child = spawn("unshare", ["--net", "--", ...engine], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (bytes: Buffer) => (said = (said + bytes.toString()).slice(-2_000)));
  const deadline = Date.now() + START_MS;
  while (!(await answers(host))) {
    ok(child.exitCode === null && Date.now() < deadline, `the private engine did not start: ${said}`);
    await sleep(50);
  }
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  const late = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await ended;
  clearTimeout(late);
}

/** Whether a process is there and not only waiting for its parent to ask what became of it. */
const isAlive = (pid: string): Promise<boolean> =>
  readFile(`/proc/${pid}/stat`, "utf8").then(
    (stat) => !stat.includes(") Z "),
    () => false,
  );

/** The engine's containerd ends a little after it; the next engine must not take what is left of it for a running one. */
async function containerdGone({ directory }: Place): Promise<void> {
  const file = join(directory, "exec/containerd/containerd.pid");
  const pid = await readFile(file, "utf8").catch(() => null);
  if (pid === null) return;
  for (const deadline = Date.now() + STOP_MS; Date.now() < deadline && (await isAlive(pid));) await sleep(20);
  await rm(file, { force: true });
}

async function copyImage(host: string, image: string): Promise<void> {
  const signal = AbortSignal.timeout(LOAD_MS);
  const from = spawn("docker", ["save", image], { stdio: ["ignore", "pipe", "ignore"], signal });
  const into = spawn("docker", ["--host", host, "load", "--quiet"], { stdio: ["pipe", "ignore", "ignore"], signal });
  const loaded = once(into, "exit");
  await pipeline(from.stdout, into.stdin);
  ok((await loaded)[0] === 0, `${image} could not be loaded into the private engine`);
}

/** Removes what the engine left: a mount of its data root, which the engine makes, goes first. */
async function removeData({ directory }: Place): Promise<void> {
  const mounts = await readFile("/proc/self/mounts", "utf8");
  const ours = mounts
    .split("\n")
    .flatMap((line) => (line.split(" ")[1]?.startsWith(`${directory}/`) ? [line.split(" ")[1] ?? ""] : []));
  for (const mount of ours.toReversed()) await run("umount", ["--lazy", mount]).catch(() => {});
  await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

export async function startPrivateEngine(images: readonly string[] = [SANDBOX_IMAGE]): Promise<PrivateEngine> {
  const directory = await mkdtemp(join(tmpdir(), "jm-engine-"));
  const place: Place = { directory, host: `unix://${join(directory, "sock")}` };
  const { host } = place;
  let child: ChildProcess | null = await launch(place);
  const finish = async (signal: NodeJS.Signals): Promise<void> => {
    if (child === null) return;
    await end(child, signal);
    child = null;
    await containerdGone(place);
  };
  const engine: PrivateEngine = {
    host,
    get running() {
      return child !== null;
    },
    async start() {
      child ??= await launch(place);
    },
    stop: () => finish("SIGTERM"),
    kill: () => finish("SIGKILL"),
    async restart(awayMs = 0) {
      await engine.stop();
      await sleep(awayMs);
      await engine.start();
    },
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
    docker: async (...words) => (await run("docker", ["--host", host, ...words])).stdout,
    load: (image) => copyImage(host, image),
    async remove() {
      // What a killed engine left running is ended by its next start.
      await engine.start();
      const all = (await engine.docker("ps", "--all", "--quiet")).split("\n").filter((id) => id !== "");
      if (all.length > 0) await engine.docker("rm", "--force", "--volumes", ...all);
      await engine.stop();
      await removeData(place);
    },
  };
  try {
    for (const image of images) await engine.load(image);
  } catch (thrown) {
    await engine.remove();
    throw thrown;
  }
  return engine;
}
