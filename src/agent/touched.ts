import type { Exchange } from "../core/conversation/conversation.ts";
import type { ToolCall } from "../core/messages.ts";

const WORKSPACE = "/workspace/";
const PATCHED = /^(?:\+\+\+|---) (?:[ab]\/)?([^\t\n]+)/gm;

/** The paths that successful calls named, relative to the root of the repository; what is given as a folder is one. */
export const touchedPaths = (exchanges: readonly Exchange[]): readonly string[] => [
  ...new Set(exchanges.flatMap(({ call, result }) => (result.isError ? [] : pathsOf(call)))),
];

function pathsOf({ input }: ToolCall): string[] {
  const { path, patch } = input;
  const patched = typeof patch === "string" ? [...patch.matchAll(PATCHED)].flatMap(([, at]) => at ?? []) : [];
  return [...(typeof path === "string" ? [path] : []), ...patched].map(tidy).filter((at) => at !== "dev/null");
}

const tidy = (path: string): string =>
  (path.startsWith(WORKSPACE) ? path.slice(WORKSPACE.length) : path)
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
