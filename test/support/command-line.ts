import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { Environment } from "./instance.ts";

/* The program as somebody at a terminal starts it. */

const MAIN = new URL("../../src/app/main.ts", import.meta.url).pathname;

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Begins the command, and does not wait for its end. */
export function startCommand(words: readonly string[], environment: Environment): Started {
  const child = spawn(process.execPath, [MAIN, ...words], {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exit = once(child, "close");
  const ended = Promise.all([text(child.stdout), text(child.stderr), exit]).then(([out, err]) => ({
    code: child.exitCode,
    out,
    err,
  }));
  return { child, ended };
}

export const runCommand = (words: readonly string[], environment: Environment): Promise<Ended> =>
  startCommand(words, environment).ended;
