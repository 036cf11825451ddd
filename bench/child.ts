import { ok } from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";

/* Programs of the bench that run beside it, and what the kernel says of them. */

export interface Program<T> {
  readonly file: URL;
  readonly args: readonly string[];
  readonly parse: (printed: unknown) => T;
  /** What it says on standard error is not shown. */
  readonly quiet?: boolean;
  /** It is killed after so long, in milliseconds. */
  readonly timeoutMs?: number;
}

/** Runs a program of this folder to its end and parses what it printed. */
export async function runProgram<T>({ file, args, parse, quiet = false, timeoutMs = 0 }: Program<T>): Promise<T> {
  const child = spawn(process.execPath, [file.pathname, ...args], {
    stdio: ["ignore", "pipe", quiet ? "ignore" : "inherit"],
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  const ended = once(child, "exit");
  const printed = await text(child.stdout);
  const [code]: unknown[] = await ended;
  ok(code === 0, `${file.pathname} ended with ${String(code)}`);
  return parse(JSON.parse(printed));
}

export interface Running {
  readonly pid: number;
  /** The first line it printed. */
  readonly said: string;
  stop(): Promise<void>;
}

/** Starts a program that prints one line when it is ready, and then stays. */
export async function startProgram(file: URL, args: readonly string[]): Promise<Running> {
  const child = spawn(process.execPath, [file.pathname, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const line = createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const said = await Promise.race([line, once(child, "exit").then(() => null)]);
  ok(said !== null && said.done !== true, `${file.pathname} did not start`);
  return { pid: child.pid ?? 0, said: said.value, stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

/** A process's memory in MB: resident now (`VmRSS`), its own part of that (`RssAnon`), or the most since `forgetPeak` (`VmHWM`). */
export async function memoryOf(pid: number, field: "VmRSS" | "RssAnon" | "VmHWM" = "VmRSS"): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1];
  return Number(kilobytes ?? Number.NaN) / 1024;
}

/** From now on the kernel counts a process's peak anew. */
export const forgetPeak = (pid: number): Promise<void> => writeFile(`/proc/${pid}/clear_refs`, "5");
