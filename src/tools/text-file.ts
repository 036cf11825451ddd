import { failure, type ToolOutcome } from "./outcome.ts";
import { placeToWrite } from "./place.ts";
import type { ToolContext } from "./context.ts";

export type TextFile = { readonly kind: "text"; readonly path: string; readonly text: string };

/** A file that shall be changed, whole and as text; or the failure that says why not. A byte order mark is part of the text. */
export async function textFile(
  path: string,
  maxBytes: number,
  { workspace, signal }: ToolContext,
): Promise<TextFile | ToolOutcome> {
  const place = placeToWrite(path);
  if (place.kind === "refused") return place.outcome;
  const found = await workspace.readFile(place.path, maxBytes, signal);
  if (found.kind === "missing") {
    return failure("not_found", { path, suggestion: "Find the file with glob, or create it with write." });
  }
  if (found.kind === "not_a_file") return failure("not_a_file", { path, suggestion: "Name a file." });
  if (found.size > maxBytes) {
    return failure("too_large", { path, size: found.size, suggestion: "Change it with a command in bash." });
  }
  try {
    // Strict decoding: a file that is not UTF-8 would be written back damaged.
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(found.bytes);
    return { kind: "text", path: place.path, text };
  } catch {
    return failure("binary_file", { path, suggestion: "This is not UTF-8 text. Change it with a command in bash." });
  }
}
