import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { git, tryGit } from "./git.ts";

/** One change of a tree: `sha` null deletes the path. */
export interface TreeChange {
  readonly path: string;
  readonly mode: string;
  readonly sha: string | null;
}

const ZERO = "0".repeat(40);

/**
 * Writes a tree: the base with the changes laid over it, or the changes alone.
 * @returns the tree's SHA, or git's complaint about a path or an object
 */
export async function writeTree(
  directory: string,
  base: string | null,
  changes: readonly TreeChange[],
): Promise<{ readonly sha: string } | { readonly refused: string }> {
  const index = join(directory, `index-${randomUUID()}`);
  const env = { GIT_INDEX_FILE: index };
  try {
    await git(directory, base === null ? ["read-tree", "--empty"] : ["read-tree", base], { env });
    const lines = changes
      .filter((change) => change.mode !== "040000" || change.sha === null)
      .map((change) => `${change.sha === null ? "0" : change.mode} ${change.sha ?? ZERO}\t${change.path}\0`);
    const updated = await tryGit(directory, ["update-index", "-z", "--replace", "--index-info"], {
      env,
      input: lines.join(""),
    });
    if (updated.code !== 0) return { refused: updated.stderr };
    for (const { path, sha } of changes.filter((change) => change.mode === "040000" && change.sha !== null)) {
      const grafted = await tryGit(directory, ["read-tree", `--prefix=${path}/`, String(sha)], { env });
      if (grafted.code !== 0) return { refused: grafted.stderr };
    }
    const written = await tryGit(directory, ["write-tree"], { env });
    return written.code === 0 ? { sha: written.stdout.toString().trim() } : { refused: written.stderr };
  } finally {
    await rm(index, { force: true });
  }
}
