import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import ignore from "ignore";
import type { Ignore } from "ignore";
import type { BaseTree } from "../ports/trees.ts";
import { folderOf } from "./tar-index.ts";

/*
 * Which new paths are never collected. Rules come from the base tree's own ignore files, the settings and a short list of
 * what tools leave behind. Ignore files as the sandbox has them are not looked at, so they change nothing.
 */

export const DEFAULT_IGNORED = [
  "node_modules",
  ".venv",
  "__pycache__",
  "*.pyc",
  ".pytest_cache",
  ".mypy_cache",
  ".ruff_cache",
  ".tox",
  ".cache",
  ".npm",
  ".pnpm-store",
  ".gradle",
  ".nyc_output",
  "*.egg-info",
  ".DS_Store",
] as const;

const MAX_RULE_BYTES = 256 * 1024;

const rulesOf = (patterns: readonly string[]): Ignore => ignore({ ignorecase: false }).add(patterns);

/** A folder's pattern as the root would write it. */
function rooted(folder: string, pattern: string): string {
  const rule = pattern.replace(/\r$/, "");
  if (folder === "" || rule.trim() === "" || rule.startsWith("#")) return rule;
  const negated = rule.startsWith("!");
  const body = negated ? rule.slice(1) : rule;
  const isAnchored = body.replace(/\/ *$/, "").includes("/");
  const prefix = folder.replaceAll(/[\\*?[\]! #]/g, String.raw`\$&`);
  return `${negated ? "!" : ""}/${prefix}/${isAnchored ? "" : "**/"}${body.replace(/^\//, "")}`;
}

/** The rules of one folder's own ignore file in the base tree, as the root would write them. */
async function readRules(base: BaseTree, folder: string): Promise<string[]> {
  const path = folder === "" ? ".gitignore" : `${folder}/.gitignore`;
  const file = base.files.get(path);
  if (file === undefined || file.mode === "120000") return [];
  const handle = await open(join(base.directory, path), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    if ((await handle.stat()).size > MAX_RULE_BYTES) return [];
    return (await handle.readFile("utf8")).split("\n").map((pattern) => rooted(folder, pattern));
  } finally {
    await handle.close();
  }
}

interface Chain {
  readonly patterns: readonly string[];
  readonly rules: Ignore;
}

/**
 * Makes the judge of one collection. It is asked with a relative path of clean shape, `/` between its parts; the path is
 * that of a file, and it is not in the base tree: a tracked path is never ignored, so it must not be asked about.
 */
export function createIgnored(base: BaseTree, extra: readonly string[]): (path: string) => Promise<boolean> {
  const ours = rulesOf([...DEFAULT_IGNORED, ...extra]);
  const chains = new Map<string, Promise<Chain>>();
  /** All ignore files from the root down to a folder, the nearest last: the last word on a name counts, as in git. */
  const chainOf = (folder: string): Promise<Chain> => {
    const chain = chains.get(folder) ?? makeChain(folder);
    chains.set(folder, chain);
    return chain;
  };
  const makeChain = async (folder: string): Promise<Chain> => {
    const above = folder === "" ? { patterns: [], rules: rulesOf([]) } : await chainOf(folderOf(folder));
    const own = await readRules(base, folder);
    if (own.length === 0) return above;
    const patterns = [...above.patterns, ...own];
    return { patterns, rules: rulesOf(patterns) };
  };
  return async (path) => ours.ignores(path) || (await chainOf(folderOf(path))).rules.ignores(path);
}
