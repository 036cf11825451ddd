import { z } from "zod";
import { failure, success, type ToolOutcome } from "./outcome.ts";
import { textOf } from "./output.ts";
import { placeToRead } from "./place.ts";
import { capped, searchArgv } from "./search.ts";
import { makeTool } from "./tool.ts";

export const grep = makeTool({
  name: "grep",
  version: 1,
  effect: "none",
  description: "Search file contents by regular expression (ripgrep). Files that git ignores are left out.",
  input: z.strictObject({
    pattern: z.string().min(1).max(2000),
    path: z.string().min(1).optional().describe("File or directory, default all"),
    glob: z.string().min(1).optional().describe("Only such files, e.g. `*.ts`"),
    context: z.int().min(0).max(10).optional().describe("Lines around each match"),
    ignore_case: z.boolean().optional(),
  }),
  run: async (input, { workspace, signal }): Promise<ToolOutcome> => {
    const { pattern, path = ".", glob, context = 0 } = input;
    const place = placeToRead(path);
    if (place.kind === "refused") return place.outcome;
    const options = [
      "--line-number",
      "--with-filename",
      "--no-heading",
      "--max-columns=300",
      "--max-columns-preview",
      ...(context > 0 ? [`--context=${context}`] : []),
      ...(input.ignore_case === true ? ["--ignore-case"] : []),
      ...(glob === undefined ? [] : [`--glob=${glob}`]),
      `--regexp=${pattern}`,
    ];
    const argv = searchArgv(options, place.path);
    const result = await workspace.run({ argv, timeoutMs: 60_000, separate: true }, signal);
    if (result.exitCode === 1) return success("No matches.");
    if (result.exitCode !== 0 && result.stdout.totalBytes === 0) {
      const detail = textOf(result.stderr).trim().slice(0, 500);
      return failure("search_failed", { detail, suggestion: "Check the expression and the path; escape with `\\`." });
    }
    return success(capped(result.stdout, "matching lines"));
  },
});
