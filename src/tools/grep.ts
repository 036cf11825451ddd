import { z } from "zod";
import { placeToRead } from "./place.ts";
import { foundBy, SEARCH_MS, SEARCH_OPTIONS } from "./search.ts";
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
  run: async (input, { workspace, signal }) => {
    const { pattern, path = ".", glob, context = 0 } = input;
    const place = placeToRead(path);
    if (place.kind === "refused") return place.outcome;
    const argv = [
      "rg",
      "--no-config",
      ...SEARCH_OPTIONS,
      "--sort=path",
      "--line-number",
      "--with-filename",
      "--no-heading",
      "--max-columns=300",
      "--max-columns-preview",
      ...(context > 0 ? [`--context=${context}`] : []),
      ...(input.ignore_case === true ? ["--ignore-case"] : []),
      ...(glob === undefined ? [] : only(glob)),
      // Last, because the last glob wins.
      "--glob=!.git",
      `--regexp=${pattern}`,
      "--",
      place.path === "." || place.kind === "kept" ? place.path : `./${place.path}`,
    ];
    return foundBy(await workspace.run({ argv, timeoutMs: SEARCH_MS, separate: true }, signal), {
      what: "matching lines",
      nothing: "No matches.",
      hint: "Check the expression and the path; escape with `\\`.",
    });
  },
});

/** A glob of ripgrep brings back what .gitignore leaves out; a file type does not, but knows names only. */
function only(glob: string): readonly string[] {
  const name = glob.replace(/^(?:\*\*\/)+/, "");
  return name.includes("/") ? [`--glob=${glob}`] : [`--type-add=wanted:${name}`, "--type=wanted"];
}
