import { ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { buffer, text } from "node:stream/consumers";

const QUIET = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  LC_ALL: "C",
  PATH: "/usr/local/bin:/usr/bin:/bin",
};

interface Run {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs git in a bare repository and gives back whatever happened; for callers that turn a refusal into an answer. */
export async function tryGit(directory: string, args: readonly string[], run: Run = {}): Promise<GitResult> {
  const child = spawn("git", ["--git-dir", directory, ...args], { env: { ...QUIET, ...run.env } });
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? -1));
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(run.input ?? "");
  const [code, stdout, stderr] = await Promise.all([ended, buffer(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

/** Runs git where a failure means that the simulator is wrong. */
export async function git(directory: string, args: readonly string[], run: Run = {}): Promise<string> {
  const result = await tryGit(directory, args, run);
  ok(result.code === 0, `git ${args.join(" ")}: ${result.stderr}`);
  return result.stdout.toString("utf8").trimEnd();
}

export async function initRepository(directory: string, branch: string): Promise<void> {
  await git(directory, ["init", "--quiet", "--bare", `--initial-branch=${branch}`]);
  const settings = ["http.receivepack", "uploadpack.allowAnySHA1InWant", "uploadpack.allowReachableSHA1InWant"];
  for (const name of [...settings, "uploadpack.allowFilter"]) await git(directory, ["config", name, "true"]);
  await git(directory, ["config", "receive.denyNonFastForwards", "true"]);
}

/** Type of an object, or null when the repository has none of that name. */
export async function objectType(directory: string, sha: string): Promise<string | null> {
  const { code, stdout } = await tryGit(directory, ["cat-file", "-t", sha]);
  return code === 0 ? stdout.toString().trim() : null;
}

/** The commit that a branch, tag or SHA names. */
export async function commitOf(directory: string, name: string): Promise<string | null> {
  const { code, stdout } = await tryGit(directory, ["rev-parse", "--verify", "--quiet", `${name}^{commit}`]);
  return code === 0 ? stdout.toString().trim() : null;
}

export const branchSha = (directory: string, branch: string): Promise<string | null> =>
  commitOf(directory, `refs/heads/${branch}`);

/** Every ref with its SHA, in git's order. */
export async function refsOf(directory: string): Promise<ReadonlyMap<string, string>> {
  const lines = await git(directory, ["for-each-ref", "--format=%(refname) %(objectname)"]);
  return new Map(lines.split("\n").flatMap((line) => (line === "" ? [] : [line.split(" ") as [string, string]])));
}

export async function readBlob(directory: string, sha: string): Promise<Buffer> {
  const { code, stdout, stderr } = await tryGit(directory, ["cat-file", "blob", sha]);
  ok(code === 0, stderr);
  return stdout;
}

export const writeBlob = (directory: string, bytes: string | Uint8Array): Promise<string> =>
  git(directory, ["hash-object", "-w", "--stdin"], { input: bytes });

export interface TreeEntry {
  readonly mode: string;
  readonly type: string;
  readonly sha: string;
  readonly size: number | null;
  readonly path: string;
}

export async function readTree(directory: string, sha: string, recursive: boolean): Promise<readonly TreeEntry[]> {
  const flags = recursive ? ["-r", "-t"] : [];
  const { code, stdout, stderr } = await tryGit(directory, ["ls-tree", "-z", "-l", ...flags, sha]);
  ok(code === 0, stderr);
  return stdout
    .toString("utf8")
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => {
      const tab = line.indexOf("\t");
      const [mode = "", type = "", id = "", size = "-"] = line.slice(0, tab).split(/ +/);
      return { mode, type, sha: id, size: size === "-" ? null : Number(size), path: line.slice(tab + 1) };
    });
}

/** Name of a commit object made of exactly these bytes. */
export async function writeCommit(directory: string, raw: string): Promise<string> {
  const sha = await git(directory, ["hash-object", "-t", "commit", "-w", "--stdin"], { input: raw });
  ok(
    sha ===
      createHash("sha1")
        .update(`commit ${Buffer.byteLength(raw)}\0${raw}`)
        .digest("hex"),
  );
  return sha;
}

export async function isAncestor(directory: string, older: string, newer: string): Promise<boolean> {
  return (await tryGit(directory, ["merge-base", "--is-ancestor", older, newer])).code === 0;
}
