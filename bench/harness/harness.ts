import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { openLocalWorkspace } from "../../test/support/local-workspace.ts";
import { startScriptedModel, type RecordedRequest } from "../../test/support/scripted-model/server.ts";
import { runProgram } from "../child.ts";
import { ISSUE, PROJECT, type Kind, type Task } from "./task.ts";

/* One process with one task against the scripted model, seen from the model's side of the wire. */

const OURS = new URL(process.env["OURS"] ?? "our-loop.ts", import.meta.url);
const FLOOR = new URL("floor-loop.ts", import.meta.url);
const Printed = z.object({ peakMb: z.number() });

export interface Seen {
  /** From the start of the process to its first request, in milliseconds. */
  readonly startMs: number;
  readonly totalMs: number;
  readonly peakMb: number;
  readonly requests: readonly RecordedRequest[];
  /** End of the n-th answer to the next request, in milliseconds. */
  readonly gaps: readonly number[];
}

const Message = z.looseObject({ request: z.object({ socket: z.object({ localPort: z.number() }) }) });

/** Notes when each request to this port begins and when its answer has been handed to the kernel. */
function watchPort(port: number) {
  const starts: number[] = [];
  const ends: number[] = [];
  const noting = (into: number[]) => (message: unknown) => {
    const now = performance.now();
    const { success, data } = Message.safeParse(message);
    if (success && data.request.socket.localPort === port) into.push(now);
  };
  const [begun, done] = [noting(starts), noting(ends)];
  subscribe("http.server.request.start", begun);
  subscribe("http.server.response.finish", done);
  return {
    starts,
    ends,
    stop: () => {
      unsubscribe("http.server.request.start", begun);
      unsubscribe("http.server.response.finish", done);
    },
  };
}

/** Runs a task in a process of its own. Ours can do it `runs` times at once. */
export async function watchTask(who: "ours" | "floor", task: Task, runs = 1): Promise<Seen> {
  const model = await startScriptedModel({ script: task.script });
  const watch = watchPort(Number(new URL(model.url).port));
  const directory = await mkdtemp(join(tmpdir(), "bench-harness-"));
  const project = await openLocalWorkspace(PROJECT);
  try {
    const start = performance.now();
    const args = who === "ours" ? [directory, String(runs)] : [project.root, ISSUE];
    const { peakMb } = await runProgram(who === "ours" ? OURS : FLOOR, [model.url, ...args], Printed.parse);
    const totalMs = performance.now() - start;
    const gaps = watch.ends.slice(0, -1).map((end, at) => (watch.starts[at + 1] ?? Number.NaN) - end);
    return { startMs: (watch.starts[0] ?? Number.NaN) - start, totalMs, peakMb, requests: model.requests, gaps };
  } finally {
    watch.stop();
    await project.close();
    await model.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Gaps after answers of one kind, `from` a turn on. */
export const gapsAfter = (seen: Seen, task: Task, { kind, from = 0 }: { kind: Kind; from?: number }): number[] =>
  seen.gaps.filter((_, at) => at >= from && task.kinds[at] === kind);
