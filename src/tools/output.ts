import type { Captured, CommandResult } from "../ports/sandbox.ts";

const CSI = new RegExp(String.raw`\u001b\[[0-?]*[ -/]*[@-~]`, "g");

/** What a command wrote, as text: head and tail with a notice where bytes were left out, colours removed. */
export function textOf(captured: Captured): string {
  const head = Buffer.from(captured.head).toString();
  const tail = Buffer.from(captured.tail).toString();
  const left = captured.totalBytes - captured.head.byteLength - captured.tail.byteLength;
  const whole = left > 0 ? `${head}\n[… ${left} bytes left out here and not kept …]\n${tail}` : head + tail;
  return whole.replaceAll(CSI, "").replaceAll("\r\n", "\n");
}

/** How a command ended, when that was not an exit with 0; empty otherwise. */
export function endOf({ ended, exitCode }: CommandResult, timeoutMs: number): string {
  if (ended === "exit") return exitCode === 0 ? "" : `Exit code ${exitCode}.`;
  const ends = {
    timeout: `Stopped after ${timeoutMs / 1000} s: the time limit.`,
    output_limit: "Stopped: it wrote more than 10 MiB.",
    out_of_memory: "Killed: it ran out of memory.",
    cancelled: "Cancelled.",
  };
  return ends[ended];
}
