import type { EventOf, TestReport } from "../core/events.ts";
import { digestOutput, failingTests } from "../core/test-output.ts";
import type { CommandResult, OpenWorkspace } from "../ports/sandbox.ts";

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
  readonly signal: AbortSignal;
}

/** Runs the test command in the sandbox. The exit code decides, not a model's opinion of the output. */
export async function runTests(open: OpenWorkspace, run: TestRun): Promise<EventOf<"tests.finished">> {
  const timeoutMs = run.minutes * 60_000;
  const argv = ["bash", "-lc", run.command];
  const result = await open.workspace.run({ argv, timeoutMs, keepBytes: KEEP_BYTES }, run.signal);
  const output = printed(result);
  return {
    type: "tests.finished",
    phase: run.phase,
    attempt: run.attempt,
    command: run.command,
    exitCode: result.exitCode,
    ended: result.ended,
    durationMs: result.durationMs,
    failing: result.exitCode === 0 ? [] : failingTests(output),
    output: digestOutput(output, REPORT_CHARS),
  };
}
