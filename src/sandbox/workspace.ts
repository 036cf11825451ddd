import type { CommandResult, CommandSpec, Workspace } from "../ports/sandbox.ts";
import { Capture } from "./capture.ts";
import type { Channel } from "./channel.ts";
import type { ExitFrame } from "./frames.ts";

const KEEP_BYTES = 64 * 1024;
const OUTPUT_CAP_BYTES = 10 * 1024 * 1024;
const FILE_TIMEOUT_MS = 60_000;
/** Exit codes of `sandbox-image/workspace-file.c`. */
const MISSING = 3;
const SIZE_BYTES = 8;
/** What a shell answers when a command cannot be started. */
const CANNOT_START = 126;

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function endingOf(exit: ExitFrame): Pick<CommandResult, "exitCode" | "ended"> {
  if (exit.outOfMemory && exit.ended !== "timeout") return { exitCode: null, ended: "out_of_memory" };
  if (exit.ended === "not_started") return { exitCode: CANNOT_START, ended: "exit" };
  return { exitCode: exit.ended === "exit" ? exit.code : null, ended: exit.ended };
}

/** Runs a command over the channel and gathers what it says. Throws only `sandbox_lost`. */
export async function runCommand(
  channel: Channel,
  command: CommandSpec & { readonly outputCap?: number },
  signal: AbortSignal,
): Promise<CommandResult> {
  const stdout = new Capture(command.keepBytes ?? KEEP_BYTES);
  const stderr = new Capture(command.keepBytes ?? KEEP_BYTES);
  if (signal.aborted) {
    const nothing = stdout.result();
    return { exitCode: null, ended: "cancelled", stdout: nothing, stderr: nothing, durationMs: 0 };
  }
  const running = channel.run({
    argv: command.argv,
    cwd: command.cwd ?? "",
    separate: command.separate ?? false,
    timeoutMs: command.timeoutMs,
    outputCap: command.outputCap ?? OUTPUT_CAP_BYTES,
    stdin: command.stdin === undefined ? null : once(command.stdin),
    onOutput: (stream, bytes) => (stream === "stdout" ? stdout : stderr).push(bytes),
  });
  signal.addEventListener("abort", running.kill);
  try {
    const exit = await running.finished;
    return { ...endingOf(exit), stdout: stdout.result(), stderr: stderr.result(), durationMs: exit.durationMs };
  } finally {
    signal.removeEventListener("abort", running.kill);
  }
}

/** A program's own words as one short line. */
function reasonOf(result: CommandResult): string {
  if (result.ended !== "exit") return result.ended.replaceAll("_", " ");
  return Buffer.from(result.stdout.head).toString().trim() || `exit code ${result.exitCode}`;
}

export const workspaceOver = (channel: Channel): Workspace => ({
  run: (command, signal) => runCommand(channel, command, signal),

  async readFile(path, maxBytes, signal) {
    const argv = ["workspace-file", "read", path, String(maxBytes)];
    const keepBytes = 2 * (maxBytes + SIZE_BYTES);
    const result = await runCommand(
      channel,
      { argv, timeoutMs: FILE_TIMEOUT_MS, keepBytes, outputCap: maxBytes + SIZE_BYTES },
      signal,
    );
    if (result.ended === "exit" && result.exitCode === MISSING) return { kind: "missing" };
    if (result.exitCode !== 0) return { kind: "not_a_file" };
    const answer = Buffer.from(result.stdout.head);
    return { kind: "file", size: Number(answer.readBigUInt64BE(0)), bytes: answer.subarray(SIZE_BYTES) };
  },

  async writeFile(path, bytes, signal) {
    const argv = ["workspace-file", "write", path];
    const result = await runCommand(channel, { argv, stdin: bytes, timeoutMs: FILE_TIMEOUT_MS }, signal);
    return result.exitCode === 0 ? { kind: "written" } : { kind: "failed", reason: reasonOf(result) };
  },
});
