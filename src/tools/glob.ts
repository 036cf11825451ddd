import { z } from "zod";
import { failure, success, type ToolOutcome } from "./outcome.ts";
import { textOf } from "./output.ts";
import { capped, searchArgv } from "./search.ts";
import { makeTool } from "./tool.ts";

export const glob = makeTool({
  name: "glob",
  version: 1,
  effect: "none",
  description: "List files by pattern, e.g. `src/**/*.ts`, `*.md`. Files that git ignores are left out.",
  input: z.strictObject({ pattern: z.string().min(1).max(300) }),
  run: async ({ pattern }, { workspace, signal }): Promise<ToolOutcome> => {
    const inside = pattern.replace(/^(?:\/workspace\/|\.\/)/, "");
    // A leading `!` would turn the pattern around.
    const argv = searchArgv(["--files", `--glob=${inside.replace(/^!/, "\\!")}`], ".");
    const result = await workspace.run({ argv, timeoutMs: 60_000, separate: true }, signal);
    if (result.exitCode === 1 && result.stderr.totalBytes === 0) return success("No files.");
    if (result.exitCode !== 0 && result.stdout.totalBytes === 0) {
      const detail = textOf(result.stderr).trim().slice(0, 500);
      return failure("search_failed", { detail, suggestion: "Check the pattern: `*`, `**`, `?`, `{a,b}`, `[abc]`." });
    }
    return success(capped(result.stdout, "files"));
  },
});
