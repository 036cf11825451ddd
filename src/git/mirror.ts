import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { dirname, join } from "node:path";
import { JourneymanError } from "../core/errors.ts";
import { Sha } from "../core/ids.ts";
import type { GitSetup } from "./command.ts";
import { runGit } from "./command.ts";
import type { Commit } from "./place.ts";

/*
 * A bare repository that holds single commits, each without its history and under a ref of its own name. The refs are what
 * git offers to the server as known, so that a later fetch brings only what is new.
 */

export interface FetchSpec {
  readonly gitDir: string;
  readonly remote: string;
  readonly sha: Sha;
  readonly token: () => Promise<string>;
}

const MAX_LISTING_BYTES = 256 * 1024 * 1024;
const REFS = "refs/journeyman";

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Makes the bare repository when it is not there. */
async function ensureMirror(setup: GitSetup, gitDir: string, signal: AbortSignal): Promise<void> {
  if (await exists(join(gitDir, "HEAD"))) return;
  const draft = `${gitDir}.${randomUUID()}`;
  await mkdir(dirname(gitDir), { recursive: true, mode: 0o700 });
  const made = await runGit(setup, { gitDir: draft, args: ["init", "--bare", "--quiet", "--template="], signal });
  if (made.code !== 0) {
    await rm(draft, { recursive: true, force: true });
    throw new JourneymanError("mirror_failed", { reason: "git could not make a mirror" }, { cause: made.stderr });
  }
  await rename(draft, gitDir);
}

/** The tree of a commit the mirror holds; null when it does not hold it. */
async function treeOf(setup: GitSetup, spec: Pick<FetchSpec, "gitDir" | "sha">, signal: AbortSignal) {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${REFS}/${spec.sha}^{tree}`];
  const found = await runGit(setup, { gitDir: spec.gitDir, args, signal });
  return found.code === 0 ? Sha.parse(found.stdout.toString("latin1").trim()) : null;
}

/** Lock files that a killed git left behind. Only the holder of the mirror's lock may call this. */
async function dropStaleLocks(gitDir: string): Promise<void> {
  const refs = join(gitDir, REFS);
  const left = (await readdir(refs).catch(() => [])).filter((name) => name.endsWith(".lock"));
  const paths = [join(gitDir, "shallow.lock"), ...left.map((name) => join(refs, name))];
  await Promise.all(paths.map((path) => rm(path, { force: true })));
}

/** What git's words mean. Git has no exit codes for these; LC_ALL=C keeps its words the same. */
function failureOf(sha: Sha, stderr: string): JourneymanError {
  const says = (...words: string[]) => words.some((word) => stderr.includes(word));
  const failed = (reason: string) => new JourneymanError("mirror_failed", { reason }, { cause: stderr });
  if (says("not our ref", "unadvertised object", "couldn't find remote ref")) {
    return new JourneymanError("base_gone", { sha }, { cause: stderr });
  }
  if (says("fsck error")) {
    const reason = "git's own check of its objects fails";
    return new JourneymanError("base_unusable", { sha, reason }, { cause: stderr });
  }
  if (says("Authentication failed", "could not read Username", "error: 401", "error: 403")) {
    return failed("access was refused");
  }
  if (says("not found", "error: 404")) return failed("the repository is not there");
  if (says("Could not resolve host", "Failed to connect", "Connection refused", "timed out", "Connection reset")) {
    return failed("the network");
  }
  return failed("git failed");
}

/** Fetches one commit without its history. */
async function fetchCommit(setup: GitSetup, spec: FetchSpec, signal: AbortSignal): Promise<void> {
  await dropStaleLocks(spec.gitDir);
  const flags = ["--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--depth=1"];
  const args = ["fetch", ...flags, "--", spec.remote, `+${spec.sha}:${REFS}/${spec.sha}`];
  const token = await spec.token();
  const fetched = await runGit(setup, { gitDir: spec.gitDir, args, token, signal });
  if (fetched.code !== 0) throw failureOf(spec.sha, fetched.stderr);
}

async function ensureTree(setup: GitSetup, spec: FetchSpec, signal: AbortSignal): Promise<Sha> {
  await ensureMirror(setup, spec.gitDir, signal);
  const known = await treeOf(setup, spec, signal);
  if (known !== null) return known;
  await fetchCommit(setup, spec, signal);
  const fetched = await treeOf(setup, spec, signal);
  if (fetched === null) throw new JourneymanError("base_gone", { sha: spec.sha });
  return fetched;
}

/**
 * What the mirror holds of a commit; fetched unless it is there already. The caller holds the mirror's lock.
 * Throws `base_gone`, `base_unusable`, `mirror_failed`.
 */
export async function ensureCommit(setup: GitSetup, spec: FetchSpec, signal: AbortSignal): Promise<Commit> {
  const treeSha = await ensureTree(setup, spec, signal);
  const call = { gitDir: spec.gitDir, signal, args: ["ls-tree", "-rz", "--full-tree", treeSha] };
  const listed = await runGit(setup, call, MAX_LISTING_BYTES);
  if (listed.code !== 0) throw new JourneymanError("mirror_failed", { reason: "git failed" }, { cause: listed.stderr });
  return { treeSha, listing: listed.stdout };
}
