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

const FLOOR = new URL("floor-loop.ts", import.meta.url);
const Printed = z.object({ peakMb: z.number(), wokenAt: z.array(z.number()).default([]) });
type Printed = z.infer<typeof Printed>;

/** Our program as it is shipped, or the floor. */
export type Program = { readonly ours: URL } | "floor";

export interface Seen {
  /** From the start of the process to its first request, in milliseconds. */
  readonly startMs: number;
  readonly totalMs: number;
  readonly peakMb: number;
  readonly requests: readonly RecordedRequest[];
  /** End of the n-th answer to the next request, in milliseconds. */
  readonly gaps: readonly number[];
  /** From the wake of each run but the first to its first request, in milliseconds. Of runs one after the other. */
  readonly wakes: readonly number[];
}

/** How many runs one process does, all at once or one after the other. */
export interface Runs {
  readonly count: number;
  readonly order: "together" | "one-by-one";
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

interface Place extends Pick<Runs, "order"> {
  readonly url: string;
  readonly roots: readonly string[];
}

interface Care {
  /** Ours ends a stream that is silent for so long; the floor does not watch. */
  readonly stallMs?: number;
  readonly quiet?: boolean;
  readonly timeoutMs?: number;
}

/** Runs a loop in a process of its own to its end. */
export async function runLoop(program: Program, { url, roots, order }: Place, care: Care = {}): Promise<Printed> {
  const { stallMs = 90_000, ...how } = care;
  const directory = await mkdtemp(join(tmpdir(), "bench-harness-"));
  const [file, args] =
    program === "floor"
      ? [FLOOR, [roots[0] ?? "", ISSUE]]
      : [program.ours, [directory, order, String(stallMs), ...roots]];
  try {
    return await runProgram({ file, args: [url, ...args], parse: Printed.parse, ...how });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Runs a task in a process of its own. Only ours can do it several times. */
export async function watchTask(
  program: Program,
  task: Task,
  { count, order }: Runs = { count: 1, order: "together" },
): Promise<Seen> {
  const model = await startScriptedModel({ script: task.script });
  const watch = watchPort(Number(new URL(model.url).port));
  const projects = await Promise.all(Array.from({ length: count }, () => openLocalWorkspace(PROJECT)));
  const roots = projects.map(({ root }) => root);
  try {
    const start = performance.now();
    const { peakMb, wokenAt } = await runLoop(program, { url: model.url, roots, order });
    const totalMs = performance.now() - start;
    const { starts, ends } = watch;
    const gaps = ends.slice(0, -1).map((end, at) => (starts[at + 1] ?? Number.NaN) - end);
    const wakes = wokenAt.slice(1).map((at) => firstAfter(starts, at - performance.timeOrigin));
    return { startMs: (starts[0] ?? Number.NaN) - start, totalMs, peakMb, requests: model.requests, gaps, wakes };
  } finally {
    watch.stop();
    await Promise.all(projects.map((project) => project.close()));
    await model.close();
  }
}

const firstAfter = (times: readonly number[], at: number): number => (times.find((time) => time > at) ?? NaN) - at;

/** Gaps after answers of one kind, `from` a turn on. */
export const gapsAfter = (seen: Seen, task: Task, { kind, from = 0 }: { kind: Kind; from?: number }): number[] =>
  seen.gaps.filter((_, at) => at >= from && task.kinds[at] === kind);
