import type { Evals } from "./directory.ts";
import { cacheShareOf, type Measures } from "./measure.ts";
import { type PrefixReport, runPrefix } from "./prefix-run.ts";
import { runTask, type TaskReport, type Trial } from "./task-run.ts";
import { addUsage, ZERO_USAGE } from "../core/messages.ts";

/** Everything that an evaluation showed. */
export interface SuiteReport {
  readonly model: "recorded" | "live";
  readonly tasks: readonly TaskReport[];
  readonly prefixes: readonly PrefixReport[];
  readonly total: SuiteTotal;
}

/** The sums over all tasks; `durationMs` goes from the first one's beginning to the last one's end. */
export interface SuiteTotal extends Measures {
  readonly passed: number;
  readonly of: number;
}

const sumOf = <T>(all: readonly T[], of: (one: T) => number): number => all.reduce((sum, one) => sum + of(one), 0);

function totalOf(tasks: readonly TaskReport[], prefixes: readonly PrefixReport[], durationMs: number): SuiteTotal {
  const usage = tasks.reduce((sum, task) => addUsage(sum, task.usage), ZERO_USAGE);
  return {
    passed: [...tasks, ...prefixes].filter(({ passed }) => passed).length,
    of: tasks.length + prefixes.length,
    costMicroUsd: sumOf<{ readonly costMicroUsd: number }>([...tasks, ...prefixes], (one) => one.costMicroUsd),
    turns: sumOf(tasks, ({ turns }) => turns),
    toolCalls: sumOf(tasks, ({ toolCalls }) => toolCalls),
    toolErrors: sumOf(tasks, ({ toolErrors }) => toolErrors),
    usage,
    cacheShare: cacheShareOf(usage),
    smell: {
      repeatedCalls: sumOf(tasks, ({ smell }) => smell.repeatedCalls),
      rereads: sumOf(tasks, ({ smell }) => smell.rereads),
      failedEdits: sumOf(tasks, ({ smell }) => smell.failedEdits),
      answersWithoutCalls: sumOf(tasks, ({ smell }) => smell.answersWithoutCalls),
      retries: sumOf(tasks, ({ smell }) => smell.retries),
    },
    durationMs,
  };
}

/** `jobs` at a time, results in the order of the list. */
async function inParallel<T, R>(all: readonly T[], jobs: number, work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = all.entries();
  const worker = async (): Promise<void> => {
    for (const [place, one] of waiting) results[place] = await work(one);
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return results;
}

/** `done` is told of each task as it ends. Throws only when the trial is stopped. */
export async function runSuite(
  { tasks, prefixes }: Evals,
  trial: Trial,
  how: { readonly jobs: number; readonly done: (report: TaskReport | PrefixReport) => void },
): Promise<SuiteReport> {
  const began = performance.now();
  const taskReports = await inParallel(tasks, how.jobs, async (task) => {
    const report = await runTask(task, trial);
    how.done(report);
    return report;
  });
  const prefixReports = await inParallel(prefixes, how.jobs, async (one) => {
    const report = await runPrefix(one, trial);
    how.done(report);
    return report;
  });
  const durationMs = Math.round(performance.now() - began);
  return {
    model: trial.live === null ? "recorded" : "live",
    tasks: taskReports,
    prefixes: prefixReports,
    total: totalOf(taskReports, prefixReports, durationMs),
  };
}
