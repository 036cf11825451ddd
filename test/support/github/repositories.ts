import { ok } from "node:assert/strict";
import { lstat, mkdir, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { createCommit } from "./commits.ts";
import { branchSha, git, initRepository, writeBlob } from "./git.ts";
import { type TreeChange, writeTree } from "./git-trees.ts";
import { nextId, now, type Repository, type User, type World } from "./world.ts";

/** Path to content; null deletes. A content may carry a mode when it is not a plain file. */
export type Files = Readonly<
  Record<string, string | Uint8Array | null | { readonly mode: string; readonly content: string }>
>;

/** Never part of a fixture. */
const SKIPPED = new Set(["node_modules", ".git", "__pycache__"]);
/** First commits carry this time, so that the same files give the same SHA in every test. */
const FIRST_DATE = "2026-01-05T09:00:00Z";

/** Every file of a folder, with its exec bit, links as links. */
export async function filesIn(directory: string, prefix = ""): Promise<Files> {
  const files: Record<string, Files[string]> = {};
  for (const name of (await readdir(join(directory, prefix))).sort()) {
    if (SKIPPED.has(name)) continue;
    const path = prefix === "" ? name : `${prefix}/${name}`;
    const full = join(directory, path);
    const stat = await lstat(full);
    if (stat.isDirectory()) Object.assign(files, await filesIn(directory, path));
    else if (stat.isSymbolicLink()) files[path] = { mode: "120000", content: await readlink(full) };
    else if ((stat.mode & 0o100) !== 0) files[path] = { mode: "100755", content: await readFile(full, "utf8") };
    else files[path] = await readFile(full);
  }
  return files;
}

/** Commits files on top of a branch, or as its first commit, and moves the branch. */
export async function commitFiles(
  { directory }: Repository,
  branch: string,
  { files, message, date = FIRST_DATE, author }: { files: Files; message: string; date?: string; author: string },
): Promise<string> {
  const changes: TreeChange[] = [];
  for (const [path, value] of Object.entries(files)) {
    const special = value !== null && typeof value === "object" && "mode" in value;
    const content = special ? value.content : value;
    const sha = content === null ? null : await writeBlob(directory, content);
    changes.push({ path, mode: special ? value.mode : "100644", sha });
  }
  const parent = await branchSha(directory, branch);
  const tree = await writeTree(directory, parent === null ? null : `${parent}^{tree}`, changes);
  ok("sha" in tree, "refused" in tree ? tree.refused : "");
  const person = { name: author, email: `${author}@users.noreply.github.com`, date };
  const commit = {
    tree: tree.sha,
    parents: parent === null ? [] : [parent],
    author: person,
    committer: person,
    message,
  };
  const sha = await createCommit(directory, commit);
  await git(directory, ["update-ref", `refs/heads/${branch}`, sha]);
  return sha;
}

export interface RepositorySpec {
  readonly name: string;
  /** Starting content: a folder, or the files themselves. One of them, and not both. */
  readonly directory?: string;
  readonly files?: Files;
  /** True unless told. */
  readonly private?: boolean;
  readonly defaultBranch?: string;
}

/** A bare repository on disk with its first commit, known to the world. */
export async function addRepository(world: World, owner: User, spec: RepositorySpec): Promise<Repository> {
  const defaultBranch = spec.defaultBranch ?? "main";
  const repository: Repository = {
    id: nextId(world),
    owner,
    name: spec.name,
    private: spec.private ?? true,
    defaultBranch,
    directory: join(world.address.repositories, owner.login, `${spec.name}.git`),
    createdAt: now(world),
    pushedAt: now(world),
    labels: new Map(),
    issues: new Map(),
    comments: new Map(),
    checkRuns: new Map(),
    roles: new Map(),
  };
  await mkdir(repository.directory, { recursive: true });
  await initRepository(repository.directory, defaultBranch);
  const files =
    spec.files ?? (spec.directory === undefined ? { "README.md": `# ${spec.name}\n` } : await filesIn(spec.directory));
  await commitFiles(repository, defaultBranch, { files, message: "Start the project\n", author: owner.login });
  world.repositories.set(repository.id, repository);
  return repository;
}
