import { z } from "zod";
import { searchFor } from "./files-of.ts";
import { foundBy, SEARCH_BYTES, SEARCH_MS } from "./search.ts";
import { makeTool } from "./tool.ts";

export const glob = makeTool({
  name: "glob",
  version: 1,
  effect: "none",
  description: "List files by pattern, e.g. `src/**/*.ts`, `*.md`. Files that git ignores are left out.",
  input: z.strictObject({ pattern: z.string().min(1).max(300) }),
  run: async ({ pattern }, { workspace, signal }) => {
    const command = { argv: searchFor(pattern), timeoutMs: SEARCH_MS, keepBytes: SEARCH_BYTES, separate: true };
    return foundBy(await workspace.run(command, signal), {
      what: "files",
      nothing: "No files.",
      hint: "Check the pattern: `*`, `**`, `?`, `{a,b}`, `[abc]`.",
      unordered: true,
    });
  },
});
