import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Sha } from "../../src/core/ids.ts";

/** One entry of a tree made by hand: git's plumbing asks no questions about names. */
export interface TreeEntry {
  readonly mode: string;
  readonly name: string;
  readonly content?: string | Uint8Array;
  readonly entries?: readonly TreeEntry[];
  readonly commit?: Sha;
}

export interface Repository {
  readonly gitDir: string;
  git(args: readonly string[], input?: string | Uint8Array): string;
  /** Makes a commit of exactly these entries and moves `main` to it. */
  commit(entries: readonly TreeEntry[]): Sha;
}

const ENVIRONMENT = {
  PATH: "/usr/bin:/bin",
  HOME: "/nonexistent",
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@example.test",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@example.test",
};

export const file = (name: string, content: string | Uint8Array, mode = "100644"): TreeEntry => ({
  mode,
  name,
  content,
});
export const folder = (name: string, entries: readonly TreeEntry[]): TreeEntry => ({ mode: "040000", name, entries });
export const link = (name: string, target: string): TreeEntry => ({ mode: "120000", name, content: target });

/** A bare repository in `root`, made with git's plumbing so that its trees can hold what no checkout would make. */
export function makeRepository(root: string, name: string): Repository {
  const gitDir = join(root, name);
  mkdirSync(gitDir, { recursive: true });
  const git = (args: readonly string[], input: string | Uint8Array = ""): string =>
    execFileSync("git", [`--git-dir=${gitDir}`, ...args], { input, env: ENVIRONMENT, maxBuffer: 1 << 28 }).toString();
  git(["init", "--bare", "--quiet", "--initial-branch=main"]);
  const sort = (entry: TreeEntry) => (entry.entries === undefined ? entry.name : `${entry.name}/`);
  const tree = (entries: readonly TreeEntry[]): string => {
    const records = entries
      .toSorted((a, b) => Buffer.compare(Buffer.from(sort(a)), Buffer.from(sort(b))))
      .flatMap((entry) => {
        const made =
          entry.commit ??
          (entry.entries === undefined
            ? git(["hash-object", "-w", "--stdin"], entry.content ?? "").trim()
            : tree(entry.entries));
        return [Buffer.from(`${entry.mode.replace(/^0/, "")} ${entry.name}\0`), Buffer.from(made, "hex")];
      });
    return git(["hash-object", "-w", "-t", "tree", "--literally", "--stdin"], Buffer.concat(records)).trim();
  };
  const commit = (entries: readonly TreeEntry[]): Sha => {
    const sha = Sha.parse(git(["commit-tree", tree(entries), "-m", "a commit"]).trim());
    git(["update-ref", "refs/heads/main", sha]);
    return sha;
  };
  return { gitDir, git, commit };
}
