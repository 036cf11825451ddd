import { z } from "zod";
import { failure, success, type ToolOutcome } from "./outcome.ts";
import { placeToRead } from "./place.ts";
import { KEPT_BYTES, RESULT_BYTES } from "./shorten.ts";
import type { ToolContext } from "./context.ts";
import { makeTool } from "./tool.ts";

const MAX_BYTES = 4 * KEPT_BYTES;
const DEFAULT_LINES = 400;
const MAX_LINE = 2_000;

export const read = makeTool({
  name: "read",
  version: 1,
  effect: "none",
  description: "Read a text file, lines numbered. Also reads the kept results that other tools name.",
  input: z.strictObject({
    path: z.string().min(1),
    offset: z.int().min(1).max(1_000_000).optional().describe("First line, from 1"),
    limit: z.int().min(1).max(2000).optional().describe("Lines, default 400"),
  }),
  run: async ({ path, offset = 1, limit = DEFAULT_LINES }, context): Promise<ToolOutcome> => {
    const bytes = await bytesOf(path, context);
    if ("kind" in bytes) return bytes;
    if (bytes.subarray(0, 8192).includes(0)) {
      return failure("binary_file", { path, suggestion: "This is not text. Inspect it with bash if you must." });
    }
    const lines = Buffer.from(bytes).toString().split("\n");
    if (lines.at(-1) === "") lines.pop();
    if (lines.length === 0) return success("(empty file)");
    if (offset > lines.length) {
      return failure("past_the_end", { path, suggestion: `The file has ${lines.length} lines.` });
    }
    return success(numbered(lines, offset, limit));
  },
});

async function bytesOf(path: string, context: ToolContext): Promise<Uint8Array | ToolOutcome> {
  const place = placeToRead(path);
  if (place.kind === "refused") return place.outcome;
  if (place.kind === "kept") return keptBytes(place.path, context);
  const found = await context.workspace.readFile(place.path, MAX_BYTES, context.signal);
  if (found.kind === "missing") {
    return failure("not_found", { path, suggestion: "Find the file with glob or grep." });
  }
  if (found.kind === "not_a_file") {
    return failure("not_a_file", { path, suggestion: `List a directory with glob, pattern \`${place.path}/**\`.` });
  }
  if (found.size > MAX_BYTES) {
    return failure("too_large", { path, size: found.size, suggestion: "Search it with grep, or cut parts with bash." });
  }
  return found.bytes;
}

async function keptBytes(path: string, { workspace, signal }: ToolContext): Promise<Uint8Array | ToolOutcome> {
  const command = { argv: ["cat", "--", path], timeoutMs: 10_000, keepBytes: 2 * KEPT_BYTES };
  const result = await workspace.run(command, signal);
  if (result.exitCode === 0) return Buffer.concat([result.stdout.head, result.stdout.tail]);
  return failure("not_found", { path, suggestion: "Nothing is kept there any more. Call the tool again." });
}

/** As many of the lines asked for as a result may hold; what is missing is said, with the way to get it. */
function numbered(lines: readonly string[], offset: number, limit: number): string {
  const rows: string[] = [];
  let room = RESULT_BYTES - 200;
  for (const line of lines.slice(offset - 1, offset - 1 + limit)) {
    const text = line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)} [… ${line.length - MAX_LINE} more]` : line;
    const row = `${offset + rows.length}\t${text.replace(/\r$/, "")}`;
    room -= Buffer.byteLength(row) + 1;
    if (room < 0 && rows.length > 0) break;
    rows.push(row);
  }
  const last = offset + rows.length - 1;
  if (last < lines.length) rows.push(`[lines ${offset}-${last} of ${lines.length}; go on with offset ${last + 1}]`);
  return rows.join("\n");
}
