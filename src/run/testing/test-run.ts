import type { EventOf } from "../../core/events.ts";
import type { TestReport } from "../../core/testing/test-report.ts";
import { readRun } from "../../core/testing/reports/read.ts";
import { digestTests } from "../../core/testing/test-digest.ts";
import type { CommandResult, OpenWorkspace } from "../../ports/sandbox.ts";
import { listReports, readReports } from "./test-reports.ts";

/** Output kept of a test run, in bytes: enough for the names of the failing tests. */
const KEEP_BYTES = 512 * 1024;
/** Output written into the fact, in characters. */
const REPORT_CHARS = 8_000;

/** What a command printed, with a notice where the middle was left out. */
export function printed(result: CommandResult): string {
  const decoder = new TextDecoder();
  const { head, tail, totalBytes } = result.stdout;
  const left = totalBytes - head.byteLength - tail.byteLength;
  const gap = left > 0 ? `\n[${left} bytes left out]\n` : "";
  return decoder.decode(head) + gap + decoder.decode(tail);
}

export interface TestRun {
  readonly command: string;
  readonly minutes: number;
  readonly phase: TestReport["phase"];
  readonly attempt: number;
  /** Paths that differ from the base commit: lines of the output that name them are kept. */
  readonly changed?: readonly string[];
  readonly signal: AbortSignal;
}

/** A failing test that stands for reports of this run that were not read: what they name is not known to be excused. */
const UNREAD = "test reports too many or too large to be read";

/**
 * Runs the test command in the sandbox. The exit code decides, and the reports that the command wrote for programs, not a model's opinion
 * of the output: lines of an output name failing tests only where the command fails.
 */
export async function runTests(open: OpenWorkspace, run: TestRun): Promise<EventOf<"tests.finished">> {
  const { workspace } = open;
  const before = await listReports(workspace, run.signal);
  const timeoutMs = run.minutes * 60_000;
  const argv = ["bash", "-lc", run.command];
  const result = await workspace.run({ argv, timeoutMs, keepBytes: KEEP_BYTES }, run.signal);
  const output = printed(result);
  const written = await readReports(workspace, before, run.signal);
  const reading = readRun(output, written.outcomes);
  const unread = written.unread > 0 && result.exitCode !== 0 ? [UNREAD] : [];
  const failing = result.exitCode === 0 ? [...reading.certain] : [...reading.failing, ...unread];
  return {
    type: "tests.finished",
    phase: run.phase,
    attempt: run.attempt,
    command: run.command,
    exitCode: result.exitCode,
    ended: result.ended,
    durationMs: result.durationMs,
    failing,
    output: digestTests({ output, failing, changed: run.changed ?? [] }, REPORT_CHARS),
    passed: reading.passed,
    ...(reading.format !== "" && { format: reading.format }),
  };
}
