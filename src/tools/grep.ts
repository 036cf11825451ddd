import { z } from "zod";
import type { ToolContext } from "./context.ts";
import { filesOf } from "./files-of.ts";
import type { ToolOutcome } from "./outcome.ts";
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
  run: async (input, context) => {
    const { workspace, signal } = context;
    const place = placeToRead(input.path ?? ".");
    if (place.kind === "refused") return place.outcome;
    const found =
      place.kind === "kept" || input.glob === undefined ? null : await only(input.glob, place.path, context);
    if (found !== null && "outcome" in found) return found.outcome;
    const paths = found?.paths ?? null;
    const argv = [
      // The names come by the input: there may be more than fit into arguments.
      ...(paths === null ? [] : ["xargs", "--null", "--no-run-if-empty"]),
      "rg",
      "--no-config",
      ...SEARCH_OPTIONS,
      "--sort=path",
      "--line-number",
      "--with-filename",
      "--no-heading",
      "--max-columns=300",
      "--max-columns-preview",
      ...(input.context === undefined ? [] : [`--context=${input.context}`]),
      ...(input.ignore_case === true ? ["--ignore-case"] : []),
      ...(found?.options ?? []),
      // Last, because the last glob wins.
      "--glob=!.git",
      `--regexp=${input.pattern}`,
      "--",
      ...(paths === null ? [place.path === "." || place.kind === "kept" ? place.path : `./${place.path}`] : []),
    ];
    const stdin = paths === null ? {} : { stdin: Buffer.from(paths.map((path) => `./${path}\0`).join("")) };
    return foundBy(await workspace.run({ argv, timeoutMs: SEARCH_MS, separate: true, ...stdin }, signal), {
      what: "matching lines",
      nothing: "No matches.",
      hint: "Check the expression and the path; escape with `\\`.",
    });
  },
});

type Only = { readonly options: readonly string[]; readonly paths: readonly string[] | null };

/**
 * A glob of ripgrep brings back what .gitignore leaves out. A file type does not, but knows names only; for a glob over folders the files
 * are looked for first. What a glob excludes brings nothing back.
 */
async function only(
  glob: string,
  under: string,
  context: ToolContext,
): Promise<Only | { readonly outcome: ToolOutcome }> {
  if (glob.startsWith("!")) return { options: [`--glob=${glob}`], paths: null };
  const name = glob.replace(/^(?:\*\*\/)+/, "");
  if (!name.includes("/")) return { options: [`--type-add=wanted:${name}`, "--type=wanted"], paths: null };
  const files = await filesOf(glob, context);
  if ("outcome" in files) return files;
  const inside = files.paths.filter((path) => under === "." || path === under || path.startsWith(`${under}/`));
  return { options: [], paths: inside };
}
