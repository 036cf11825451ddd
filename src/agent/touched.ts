import type { Exchange } from "../core/conversation/conversation.ts";
import type { ToolCall } from "../core/messages.ts";
import { parsePatch } from "../core/patch/parse.ts";

const WORKSPACE = "/workspace/";
/** Longer names open no file; their folders are many. */
const MAX_PATH = 3_000;

/** The paths that successful calls named, relative to the root of the repository; what is given as a folder is one. */
export const touchedPaths = (exchanges: readonly Exchange[]): readonly string[] => [
  ...new Set(exchanges.flatMap(({ call, result }) => (result.isError ? [] : pathsOf(call)))),
];

function pathsOf({ input }: ToolCall): string[] {
  const { path, patch } = input;
  const patched = typeof patch === "string" ? patchedPaths(patch) : [];
  return [...(typeof path === "string" ? [path] : []), ...patched].map(tidy).filter((at) => at.length <= MAX_PATH);
}

/** As the patch is read when it is applied: a line of a file's text that looks like a name is none. */
function patchedPaths(patch: string): string[] {
  const parsed = parsePatch(patch);
  const names = parsed.kind === "patch" ? parsed.files.flatMap(({ from, to }) => [from, to]) : [];
  return names.filter((name) => name !== null);
}

const tidy = (path: string): string =>
  (path.startsWith(WORKSPACE) ? path.slice(WORKSPACE.length) : path)
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
