import { z } from "zod";
import { failure, success, type ToolOutcome } from "./outcome.ts";
import { placeToWrite } from "./place.ts";
import type { ToolContext } from "./context.ts";
import { makeTool } from "./tool.ts";

const MAX_BYTES = 4_194_304;

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
  run: async (input, context): Promise<ToolOutcome> => {
    const { path } = input;
    if (input.old === input.new) return failure("no_change", { path, suggestion: "`old` and `new` are the same." });
    const found = await textOf(path, context);
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

type FileText = { readonly kind: "text"; readonly path: string; readonly text: string };

async function textOf(path: string, { workspace, signal }: ToolContext): Promise<FileText | ToolOutcome> {
  const place = placeToWrite(path);
  if (place.kind === "refused") return place.outcome;
  const found = await workspace.readFile(place.path, MAX_BYTES, signal);
  if (found.kind === "missing") {
    return failure("not_found", { path, suggestion: "Find the file with glob, or create it with write." });
  }
  if (found.kind === "not_a_file") return failure("not_a_file", { path, suggestion: "Name a file." });
  if (found.size > MAX_BYTES) return failure("too_large", { path, suggestion: "Change it with a command in bash." });
  try {
    // Strict decoding: a file that is not UTF-8 would be written back damaged. A byte order mark is kept.
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(found.bytes);
    return { kind: "text", path: place.path, text };
  } catch {
    return failure("binary_file", { path, suggestion: "This is not UTF-8 text. Change it with a command in bash." });
  }
}

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
