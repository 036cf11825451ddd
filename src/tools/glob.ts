import { z } from "zod";
import { foundBy, SEARCH_BYTES, SEARCH_MS, SEARCH_OPTIONS } from "./search.ts";
import { makeTool } from "./tool.ts";

const ROOT = "/workspace";

export const glob = makeTool({
  name: "glob",
  version: 1,
  effect: "none",
  description: "List files by pattern, e.g. `src/**/*.ts`, `*.md`. Files that git ignores are left out.",
  input: z.strictObject({ pattern: z.string().min(1).max(300) }),
  run: async ({ pattern }, { workspace, signal }) => {
    const inside = pattern.replace(/^(?:\/workspace\/|\.\/|\/)/, "");
    // fd, because a glob of ripgrep brings back what .gitignore leaves out. Without a slash a pattern is held against names, with one
    // against whole paths, which fd only knows as absolute.
    const how = inside.includes("/") ? ["--full-path", "--", `${ROOT}/${inside}`] : ["--", inside];
    const argv = ["fd", ...SEARCH_OPTIONS, "--exclude=.git", "--type=file", "--glob", ...how];
    const command = { argv, timeoutMs: SEARCH_MS, keepBytes: SEARCH_BYTES, separate: true };
    return foundBy(await workspace.run(command, signal), {
      what: "files",
      nothing: "No files.",
      hint: "Check the pattern: `*`, `**`, `?`, `{a,b}`, `[abc]`.",
      unordered: true,
    });
  },
});
