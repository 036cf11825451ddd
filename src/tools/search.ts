import type { CommandResult } from "../ports/sandbox.ts";
import { failure, success, type ToolOutcome } from "./outcome.ts";
import { textOf } from "./output.ts";

/** As ripgrep and fd both understand it: hidden files too, .gitignore heeded although the workspace may be no clone. */
export const SEARCH_OPTIONS: readonly string[] = ["--color=never", "--hidden", "--no-require-git"];

export const SEARCH_MS = 60_000;
/** Enough for the names of a hundred thousand files. */
export const SEARCH_BYTES = 8_388_608;

const MAX_LINES = 200;

export interface Found {
  /** What the lines are, in the plural. */
  readonly what: string;
  /** Said when there are none. */
  readonly nothing: string;
  readonly hint: string;
  /** Whether the program's own order changes from call to call. */
  readonly unordered?: boolean;
}

/** A search's lines, paths without the `./` they were searched under, capped with an honest word on the rest; or why it failed. */
export function foundBy(result: CommandResult, { what, nothing, hint, unordered = false }: Found): ToolOutcome {
  const { head, totalBytes } = result.stdout;
  if (totalBytes === 0) {
    const detail = textOf(result.stderr).trim().slice(0, 500);
    if (result.ended === "exit" && detail === "") return success(nothing);
    return failure("search_failed", { detail: detail === "" ? result.ended : detail, suggestion: hint });
  }
  const given = textOf({ head, tail: new Uint8Array(), totalBytes: head.byteLength }).trimEnd().split("\n");
  const lines = (unordered ? given.toSorted() : given).map((line) => line.replace(/^\.\//, ""));
  const whole = totalBytes <= head.byteLength && result.ended === "exit";
  if (whole && lines.length <= MAX_LINES) return success(lines.join("\n"));
  const rest = whole ? `${lines.length - MAX_LINES} more` : "more";
  return success(`${lines.slice(0, MAX_LINES).join("\n")}\n[${rest} ${what}; narrow the search to see them]`);
}
