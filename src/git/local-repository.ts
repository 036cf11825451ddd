import { mkdir, stat } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { JourneymanError } from "../core/errors.ts";
import { Sha } from "../core/ids.ts";
import type { GitSetup } from "./command.ts";
import { runGit } from "./command.ts";
import { importCommit, type ImportedFile } from "./fast-import.ts";
import type { LocalRepository } from "../ports/local-repository.ts";

/*
 * A repository of somebody on this host, read and written by plumbing alone: its work tree, its index, its hooks and its configuration
 * are never touched or heeded. All that is written are objects and one new branch.
 */

/** How the repository of this host is spoken to, and read by a mirror. */
export const LOCAL_GIT: GitSetup = { gitPath: "git", allowedProtocols: "file", caFile: null };

const MAX_TEXT = 1024 * 1024;
const MAX_DIFF = 64 * 1024 * 1024;
const LISTED = /^(100644|100755) blob ([0-9a-f]{40}) +(\d+)\t/;

const unusable = (path: string, reason: string): JourneymanError =>
  new JourneymanError("repository_unusable", { path, reason });

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

function textOf(bytes: Buffer): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** @throws repository_unusable */
export async function openLocalRepository(path: string): Promise<LocalRepository> {
  const { signal } = new AbortController();
  const given = (await isThere(join(path, ".git"))) ? join(path, ".git") : path;
  const run = (gitDir: string, ...args: string[]) =>
    runGit(LOCAL_GIT, { gitDir, args: ["--literal-pathspecs", ...args], signal }, MAX_DIFF);
  const found = await run(given, "rev-parse", "--absolute-git-dir");
  if (found.code !== 0) throw unusable(path, "it is not a git repository");
  const gitDir = found.stdout.toString().trimEnd();
  const git = (...args: string[]) => run(gitDir, ...args);

  const resolve = async (name: string): Promise<Sha | null> => {
    const { code, stdout } = await git("rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`);
    return code === 0 ? Sha.parse(stdout.toString().trim()) : null;
  };
  const needed = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await git(...args);
    if (code !== 0) throw new JourneymanError("mirror_failed", { reason: "git failed" }, { cause: stderr });
    return stdout.toString();
  };

  return {
    gitDir,
    resolve,
    async head() {
      const sha = await resolve("HEAD");
      if (sha === null) throw unusable(path, "it has no commit yet");
      const { code, stdout } = await git("symbolic-ref", "--quiet", "--short", "HEAD");
      return { name: code === 0 ? stdout.toString().trim() : "HEAD", sha };
    },
    async text(sha, file) {
      const [, , blob = "", size] = LISTED.exec(await needed("ls-tree", "-zl", "--full-tree", sha, "--", file)) ?? [];
      if (blob === "" || Number(size) > MAX_TEXT) return null;
      return textOf((await git("cat-file", "blob", blob)).stdout);
    },
    async commit({ baseSha, files, deleted, message, date }) {
      const ref = `refs/journeyman/${randomUUID()}`;
      const commit = { ref, parent: baseSha, files, deleted, message, date, keepRef: false };
      const sha = await importCommit(LOCAL_GIT, { gitDir, signal }, commit);
      return { sha, treeSha: Sha.parse((await needed("rev-parse", `${sha}^{tree}`)).trim()) };
    },
    async createBranch(name, sha) {
      const ref = `refs/heads/${name}`;
      const known = await resolve(ref);
      if (known !== null && known !== sha) throw new JourneymanError("branch_taken", { branch: name });
      if (known === null) await needed("update-ref", ref, sha, "0".repeat(40));
    },
    diff: (from, to) => needed("diff-tree", "-p", "--binary", "--no-ext-diff", "--no-textconv", from, to),
  };
}

/** A new bare repository whose branch `main` holds these files as its one commit. The same files give the same commit. */
export async function createRepository(gitDir: string, files: readonly ImportedFile[]): Promise<LocalRepository> {
  const { signal } = new AbortController();
  await mkdir(gitDir, { recursive: true, mode: 0o700 });
  const args = ["init", "--bare", "--quiet", "--template=", "--initial-branch=main"];
  const { code, stderr } = await runGit(LOCAL_GIT, { gitDir, args, signal });
  if (code !== 0)
    throw new JourneymanError("mirror_failed", { reason: "git could not make a repository" }, { cause: stderr });
  const commit = { ref: "refs/heads/main", parent: null, message: "The repository\n", date: "2026-01-01T00:00:00Z" };
  await importCommit(LOCAL_GIT, { gitDir, signal }, { ...commit, files, deleted: [], keepRef: true });
  return openLocalRepository(gitDir);
}
