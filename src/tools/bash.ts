import { z } from "zod";
import { failure, success, type ToolOutcome } from "./outcome.ts";
import { endOf, textOf } from "./output.ts";
import { KEPT_BYTES } from "./shorten.ts";
import { makeTool } from "./tool.ts";

/** Not idempotent: a command is never run again by us. */
export const bash = makeTool({
  name: "bash",
  version: 1,
  effect: "command",
  description:
    "Run a command with bash in the repository root. Output of stdout and stderr merged. No network, no terminal; each call is a fresh shell, and nothing it starts outlives it.",
  input: z.strictObject({
    command: z.string().min(1).max(20_000),
    timeout: z.int().min(1).max(3600).optional().describe("Seconds, default 120"),
  }),
  run: async ({ command, timeout }, { workspace, signal, commandMs }): Promise<ToolOutcome> => {
    const timeoutMs = Math.min((timeout ?? 120) * 1000, commandMs);
    const argv = ["bash", "-c", command];
    const result = await workspace.run({ argv, timeoutMs, keepBytes: KEPT_BYTES }, signal);
    const output = textOf(result.stdout).trimEnd();
    const end = endOf(result, timeoutMs);
    if (end === "") return success(output === "" ? "(no output)" : output);
    if (result.ended === "exit") return { ...success(output === "" ? end : `${output}\n${end}`), isError: true };
    const { content } = failure(result.ended, { suggestion: `${end} ${ADVICE[result.ended]}` });
    return { ...success(output === "" ? content : `${content}\n${output}`), isError: true };
  },
});

const ADVICE = {
  timeout: "Run less at once, or give a longer timeout.",
  output_limit: "Filter the output or send it to a file.",
  out_of_memory: "Use less memory: smaller parts, fewer workers.",
  cancelled: "The run was stopped.",
} as const;
