import type { Captured } from "../ports/sandbox.ts";
import { textOf } from "./output.ts";

/**
 * A call of ripgrep as both searching tools make it: no configuration of the sandbox, hidden files but not `.git` (said last, because
 * the last glob wins), .gitignore heeded although the workspace is no clone, always the same order.
 */
export const searchArgv = (options: readonly string[], path: string): readonly string[] => [
  "rg",
  "--no-config",
  "--color=never",
  "--hidden",
  "--no-require-git",
  "--sort=path",
  ...options,
  "--glob=!.git",
  "--",
  path === "." || path.startsWith("/") ? path : `./${path}`,
];

const MAX_LINES = 200;

/** The first lines of a search, with an honest word on the rest. Paths come without the `./` they were searched under. */
export function capped(captured: Captured, what: string): string {
  const whole = captured.totalBytes <= captured.head.byteLength;
  const lines = textOf({ ...captured, tail: new Uint8Array(), totalBytes: captured.head.byteLength })
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^\.\//, ""));
  if (whole && lines.length <= MAX_LINES) return lines.join("\n");
  const rest = whole ? `${lines.length - MAX_LINES} more` : "many more";
  return `${lines.slice(0, MAX_LINES).join("\n")}\n[${rest} ${what}; narrow the search to see them]`;
}
