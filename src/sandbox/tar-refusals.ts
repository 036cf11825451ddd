import type { RefusedEntry } from "../core/change/change.ts";
import { blobSha } from "../core/digest.ts";
import { checkBasePath, checkPath, gitPartOf } from "../core/change/paths.ts";
import type { BaseFile } from "../ports/trees.ts";
import type { TarEntry } from "./tar-entries.ts";

/** Refusals that are named one by one; the rest is counted. */
export const MAX_REFUSED = 100;

const SET_ID = 0o6000;

export interface Refusals {
  /** A path is refused once, for the first reason. */
  add(path: string, reason: RefusedEntry["reason"], detail: string): void;
  /** Something more than can be kept. */
  addUnnamed(): void;
  /** Sorted by path. */
  list(): RefusedEntry[];
}

export function createRefusals(): Refusals {
  const named = new Map<string, RefusedEntry>();
  let beyond = 0;
  return {
    add(path, reason, detail) {
      if (named.has(path)) return;
      if (named.size < MAX_REFUSED) named.set(path, { path, reason, detail });
      else beyond++;
    },
    addUnnamed: () => void beyond++,
    list() {
      const rest: RefusedEntry[] =
        beyond === 0 ? [] : [{ path: "", reason: "too_many", detail: `${beyond} more entries than can be kept` }];
      return [...rest, ...named.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
    },
  };
}

function nameRefusal(path: string, tracked: boolean): RefusedEntry | null {
  const name = tracked ? checkBasePath(path) : checkPath(path);
  if (name.ok) return null;
  const git = gitPartOf(path);
  if (git !== null && git.split("/").at(-1) === ".git") {
    return { path: git, reason: "nested_git", detail: "a repository inside the repository" };
  }
  return { path, reason: "bad_path", detail: `it ${name.reason}` };
}

/** Why an entry can never be committed, from all but its bytes; null when nothing speaks against it. A link the base tree has so is fine. */
export function refusalOf(entry: TarEntry, tracked: BaseFile | undefined): RefusedEntry | null {
  const { path } = entry;
  const special = (detail: string): RefusedEntry => ({ path, reason: "special_file", detail });
  const name = nameRefusal(path, tracked !== undefined);
  if (name !== null) return name;
  if (entry.redirected) return special("its content is kept elsewhere");
  if (entry.kind === "symlink") {
    const isSame = tracked?.mode === "120000" && tracked.blob === blobSha(Buffer.from(entry.target));
    return isSame ? null : { path, reason: "symlink", detail: entry.target };
  }
  if (entry.kind !== "file") return special(entry.words);
  return (entry.mode & SET_ID) === 0 ? null : special("a program that runs as its owner");
}
