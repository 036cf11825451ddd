import type { ToolContext } from "./context.ts";

/** A result up to this size reaches the model whole. */
export const RESULT_BYTES = 10_240;
/** As much of a result is kept in a file. */
export const KEPT_BYTES = 1_048_576;
/** Where long results are kept: outside the workspace, so that they can never be committed. */
export const KEPT_DIRECTORY = "/tmp/journeyman";

const EDGE_BYTES = 4_096;

/** The file that keeps a long result; the id is the vendor's, so it is reduced to harmless characters. */
export const keptPath = (callId: string): string =>
  `${KEPT_DIRECTORY}/${callId.replaceAll(/[^\w-]/g, "_").slice(0, 64)}.txt`;

/** Head and tail of a long text, an honest notice between them, and the whole in a file of the sandbox. Short text is returned as it is. */
export async function shorten(text: string, context: ToolContext): Promise<string> {
  const bytes = Buffer.from(text);
  if (bytes.byteLength <= RESULT_BYTES) return text;
  const path = keptPath(context.callId);
  const kept = await keep(path, bytes.subarray(0, KEPT_BYTES), context);
  const where = kept
    ? `${bytes.byteLength > KEPT_BYTES ? "The first MiB" : "The whole"} is in ${path}: read it with offset and limit.`
    : "The rest is not kept: narrow the call.";
  const head = wholeLines(bytes.subarray(0, EDGE_BYTES).toString(), "head");
  const tail = wholeLines(bytes.subarray(-EDGE_BYTES).toString(), "tail");
  const left = bytes.byteLength - Buffer.byteLength(head) - Buffer.byteLength(tail);
  return `${head}\n[… ${left} of ${bytes.byteLength} bytes left out here. ${where} …]\n${tail}`;
}

/** Cuts at a line's end where one is near, so that no half line is read as a whole one. */
function wholeLines(text: string, edge: "head" | "tail"): string {
  if (edge === "head") {
    const end = text.lastIndexOf("\n");
    return end > text.length / 2 ? text.slice(0, end) : text.replace(/\uFFFD$/u, "");
  }
  const start = text.indexOf("\n");
  return start !== -1 && start < text.length / 2 ? text.slice(start + 1) : text.replace(/^\uFFFD+/u, "");
}

async function keep(path: string, bytes: Uint8Array, context: ToolContext): Promise<boolean> {
  const script = `mkdir -p "$(dirname "$1")" && cat > "$1"`;
  const result = await context.workspace.run(
    { argv: ["sh", "-c", script, "sh", path], stdin: bytes, timeoutMs: 10_000 },
    context.signal,
  );
  return result.exitCode === 0;
}
