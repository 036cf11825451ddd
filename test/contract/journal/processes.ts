import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { RunId } from "../../../src/core/ids.ts";

const Line = z.object({ kind: z.string(), next: z.number().optional(), epoch: z.number().nullable().optional() });
export type Line = z.infer<typeof Line>;

export interface Child {
  /** All that the child has said so far. */
  readonly said: Line[];
  /** Resolves when the child has said `count` lines of a kind, or has ended. */
  heard(kind: string, count: number): Promise<void>;
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>;
  ended(): Promise<void>;
}

/** Starts child.ts. */
export const startChild = (work: { address: string; run: RunId; now: number; pauseMs?: number }): Child =>
  startProgram("child.ts", { pauseMs: 0, ...work });

/** Starts a program of this folder with its one argument as JSON. */
export function startProgram(name: string, work: object): Child {
  const program = new URL(name, import.meta.url).pathname;
  const child = spawn(process.execPath, [program, JSON.stringify(work)], { stdio: ["ignore", "pipe", "inherit"] });
  const said: Line[] = [];
  const lines = createInterface({ input: child.stdout });
  const closed = once(child, "close");
  lines.on("line", (line) => {
    // A killed child may leave its last line unfinished.
    if (line.endsWith("}")) said.push(Line.parse(JSON.parse(line)));
  });
  return {
    said,
    async heard(kind, count) {
      const enough = () => said.filter((line) => line.kind === kind).length >= count;
      while (!enough() && child.exitCode === null && child.signalCode === null) {
        await Promise.race([once(lines, "line"), closed]);
      }
    },
    async kill() {
      child.kill("SIGKILL");
      await closed;
    },
    async ended() {
      await closed;
    },
  };
}
