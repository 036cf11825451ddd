import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import ignore from "ignore";
import type { Ignore } from "ignore";
import type { BaseTree } from "../ports/trees.ts";
import { foldersAbove } from "./tar-index.ts";

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

const rulesOf = (patterns: string | readonly string[]): Ignore => ignore({ ignorecase: false }).add(patterns);

/** The rules of one folder's own ignore file in the base tree; null when it has none that can be read. */
async function readRules(base: BaseTree, folder: string): Promise<Ignore | null> {
  const path = folder === "" ? ".gitignore" : `${folder}/.gitignore`;
  const file = base.files.get(path);
  if (file === undefined || file.mode === "120000") return null;
  const handle = await open(join(base.directory, path), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    if ((await handle.stat()).size > MAX_RULE_BYTES) return null;
    return rulesOf(await handle.readFile("utf8"));
  } finally {
    await handle.close();
  }
}

/** True and false are a rule's word; null when no rule speaks of the name. */
function judge(rules: Ignore, name: string): boolean | null {
  const { ignored, unignored } = rules.test(name);
  if (ignored) return true;
  return unignored ? false : null;
}

/**
 * Makes the judge of one collection. It is asked with a relative path of clean shape, `/` between its parts; the path is
 * that of a file, and it is not in the base tree: a tracked path is never ignored, so it must not be asked about.
 */
export function createIgnored(base: BaseTree, extra: readonly string[]): (path: string) => Promise<boolean> {
  const ours = rulesOf([...DEFAULT_IGNORED, ...extra]);
  const files = new Map<string, Promise<Ignore | null>>();
  const folders = new Map<string, Promise<boolean>>();
  const fileOf = (folder: string) => {
    const rules = files.get(folder) ?? readRules(base, folder);
    files.set(folder, rules);
    return rules;
  };
  /** The nearest ignore file that has a word on the name decides, as in git. */
  const isNamed = async (path: string, suffix: "" | "/"): Promise<boolean> => {
    if (judge(ours, path + suffix) === true) return true;
    for (const folder of foldersAbove(path)) {
      const rules = await fileOf(folder);
      const name = folder === "" ? path : path.slice(folder.length + 1);
      const word = rules === null ? null : judge(rules, name + suffix);
      if (word !== null) return word;
    }
    return false;
  };
  const isFolderIgnored = (folder: string): Promise<boolean> => {
    const known = folders.get(folder) ?? judgeFolder(folder);
    folders.set(folder, known);
    return known;
  };
  /** Nothing inside an ignored folder can be brought back. */
  const judgeFolder = async (folder: string): Promise<boolean> => {
    const [above = ""] = foldersAbove(folder);
    return (above !== "" && (await isFolderIgnored(above))) || (await isNamed(folder, "/"));
  };
  return async (path) => {
    const [folder = ""] = foldersAbove(path);
    return (folder !== "" && (await isFolderIgnored(folder))) || (await isNamed(path, ""));
  };
}
