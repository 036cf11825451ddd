import { ok } from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { eventually } from "../instance.ts";

/** How a process came to its end. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program of ours under test. */
export interface FaultProcess {
  readonly pid: number;
  /** 0 of a worker without a web side. */
  readonly port: number;
  /** Lines of its log so far. */
  readonly log: readonly string[];
  readonly ended: Promise<Ending>;
  /** False once it has ended. */
  isAlive(): boolean;
  /** Sends a signal if it is still alive: `SIGKILL`, `SIGSTOP`, `SIGCONT`, `SIGTERM`. */
  signal(name: NodeJS.Signals): void;
  /** Whether it stands still by SIGSTOP. */
  isStopped(): boolean;
  /** Resolves when the process has been stopped by SIGSTOP, its own or ours. */
  untilStopped(): Promise<void>;
}

/** A process that takes so long to start is broken, in milliseconds; many start at the same time. */
const START_MS = 60_000;

const isStopped = (pid: number): boolean => {
  try {
    return /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

function portIn(line: string): number | null {
  const port = /"port":(\d+).*"web\.listening"/.exec(line)?.[1];
  return port === undefined ? null : Number(port);
}

function endOf(child: ChildProcess): Promise<Ending> {
  const { promise, resolve } = Promise.withResolvers<Ending>();
  child.once("exit", (code, signal) => resolve({ code, signal }));
  return promise;
}

/** Starts `serve`, `web` or `work` and waits until it is up: until its web side listens or, of `work`, until it takes work. */
export async function startProcess(
  program: string,
  environment: Readonly<Record<string, string>>,
  command: "serve" | "web" | "work" = "serve",
): Promise<FaultProcess> {
  const child = spawn(process.execPath, [program, command], { env: environment, stdio: ["ignore", "ignore", "pipe"] });
  const log: string[] = [];
  const up = Promise.withResolvers<number>();
  createInterface({ input: child.stderr }).on("line", (line) => {
    log.push(line);
    const port = portIn(line);
    if (port !== null) up.resolve(port);
    if (command === "work" && line.includes('"worker.started"')) up.resolve(0);
  });
  const ended = endOf(child);
  const late = setTimeout(() => up.reject(new Error(`not up after ${START_MS} ms`)), START_MS);
  void ended.then(({ code, signal }) => up.reject(new Error(`ended with ${signal ?? code} before it was up`)));
  const port = await up.promise.catch((error: unknown) => {
    child.kill("SIGKILL");
    ok(false, `${command}: ${String(error)}\n${log.slice(-5).join("\n")}`);
  });
  clearTimeout(late);
  const pid = child.pid ?? 0;
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    port,
    log,
    ended,
    isAlive,
    signal: (name) => void (isAlive() && child.kill(name)),
    isStopped: () => isStopped(pid),
    untilStopped: async () => void (await eventually(`process ${pid} to be stopped`, () => isStopped(pid), 120_000)),
  };
}
