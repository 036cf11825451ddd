import type { ToolContext } from "./context.ts";
import { failure, type ToolOutcome } from "./outcome.ts";
import { textOf } from "./output.ts";
import { SEARCH_BYTES, SEARCH_MS, SEARCH_OPTIONS } from "./search.ts";

const ROOT = "/workspace";

/**
 * The command that lists files by a pattern. fd, because a glob of ripgrep brings back what .gitignore leaves out. Without a slash a
 * pattern is held against names, with one against whole paths, which fd only knows as absolute.
 */
export function searchFor(pattern: string): readonly string[] {
  const inside = pattern.replace(/^(?:\/workspace\/|\.\/|\/)/, "");
  const how = inside.includes("/") ? ["--full-path", "--", `${ROOT}/${inside}`] : ["--", inside];
  return ["fd", ...SEARCH_OPTIONS, "--exclude=.git", "--type=file", "--glob", ...how];
}

/** All files of a pattern, in the order of their names; never only some of them. */
export async function filesOf(
  pattern: string,
  { workspace, signal }: ToolContext,
): Promise<{ readonly paths: readonly string[] } | { readonly outcome: ToolOutcome }> {
  const [program = "", ...rest] = searchFor(pattern);
  const command = { argv: [program, "--print0", ...rest], timeoutMs: SEARCH_MS, keepBytes: 2 * SEARCH_BYTES };
  const { stdout, stderr, ended, exitCode } = await workspace.run({ ...command, separate: true }, signal);
  if (ended !== "exit" || stdout.totalBytes > stdout.head.byteLength) {
    return { outcome: failure("search_failed", { detail: "too many files", suggestion: "Narrow the glob." }) };
  }
  if (exitCode !== 0 && stdout.totalBytes === 0) {
    const detail = textOf(stderr).trim().slice(0, 500);
    return { outcome: failure("search_failed", { detail, suggestion: "Check the glob: `*`, `**`, `?`, `{a,b}`." }) };
  }
  const names = Buffer.from(stdout.head).toString().split("\0");
  const paths = names.filter((name) => name !== "").map((name) => name.replace(/^\.\//, ""));
  return { paths: paths.toSorted() };
}
