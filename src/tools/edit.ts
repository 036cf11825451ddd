import { z } from "zod";
import { earlierForm } from "./earlier.ts";
import { failure, success, type ToolOutcome } from "./outcome.ts";
import { textFile } from "./text-file.ts";
import { makeTool } from "./tool.ts";

const MAX_BYTES = 4_194_304;

/** The names by which other harnesses taught models this tool. */
const V0 = z.union([
  z.strictObject({
    file_path: z.string().min(1),
    old_string: z.string().min(1),
    new_string: z.string(),
    replace_all: z.boolean().optional(),
  }),
  z.strictObject({
    path: z.string().min(1),
    old_string: z.string().min(1),
    new_string: z.string(),
    replace_all: z.boolean().optional(),
  }),
]);

/** Not idempotent: a second call finds the old text gone and says so. */
export const edit = makeTool({
  name: "edit",
  version: 1,
  effect: "edit",
  description:
    "Replace text in a file. `old` must be copied exactly from the file, without line numbers, and occur once; add lines around it until it does.",
  input: z.strictObject({
    path: z.string().min(1),
    old: z.string().min(1),
    new: z.string(),
    replace_all: z.boolean().optional().describe("Replace every occurrence"),
  }),
  earlier: [
    earlierForm(0, V0, ({ old_string, new_string, replace_all, ...file }) => ({
      path: "path" in file ? file.path : file.file_path,
      old: old_string,
      new: new_string,
      ...(replace_all !== undefined && { replace_all }),
    })),
  ],
  run: async (input, context): Promise<ToolOutcome> => {
    const { path } = input;
    if (input.old === input.new) return failure("no_change", { path, suggestion: "`old` and `new` are the same." });
    const found = await textFile(path, MAX_BYTES, context);
    if (found.kind !== "text") return found;
    const crlf = found.text.includes("\r\n") && !/[^\r]\n/.test(found.text);
    const [before, after] = crlf ? [withCrlf(input.old), withCrlf(input.new)] : [input.old, input.new];
    const count = found.text.split(before).length - 1;
    if (count === 0) return missing(path, found.text, before);
    if (count > 1 && input.replace_all !== true) return ambiguous({ path, text: found.text, before, count });
    // A function, because `$` in a replacement string has a meaning of its own.
    const bytes = Buffer.from(found.text.replaceAll(before, () => after));
    const written = await context.workspace.writeFile(found.path, bytes, context.signal);
    if (written.kind === "failed") {
      return failure("not_written", { path, reason: written.reason, suggestion: "Check the path." });
    }
    return success(`Edited ${found.path}: ${count === 1 ? "1 place" : `${count} places`}.`);
  },
});

const withCrlf = (text: string): string => text.replaceAll(/\r?\n/g, "\r\n");

function missing(path: string, text: string, before: string): ToolOutcome {
  const near = nearLines(text, before);
  const suggestion =
    near.length === 0 ? "Read the file and copy the text exactly." : "Lines that look like it are given; copy exactly.";
  return failure("old_not_found", { path, ...(near.length === 0 ? {} : { near }), suggestion });
}

/** Lines equal to a line of `before` once blanks are ignored: what a model misses is most often indentation. */
function nearLines(text: string, before: string): string[] {
  const plain = (line: string) => line.replaceAll(/\s+/g, "");
  const wanted = new Set(
    before
      .split("\n")
      .map(plain)
      .filter((line) => line.length > 2),
  );
  return text
    .split("\n")
    .flatMap((line, row) => (wanted.has(plain(line)) ? [`${row + 1}\t${line.trimEnd().slice(0, 200)}`] : []))
    .slice(0, 5);
}

function ambiguous(about: { path: string; text: string; before: string; count: number }): ToolOutcome {
  const lines: number[] = [];
  let at = about.text.indexOf(about.before);
  while (at !== -1 && lines.length < 10) {
    lines.push(about.text.slice(0, at).split("\n").length);
    at = about.text.indexOf(about.before, at + about.before.length);
  }
  const suggestion = "Add lines around `old` so that it occurs once, or set replace_all.";
  return failure("old_not_unique", { path: about.path, count: about.count, lines, suggestion });
}
