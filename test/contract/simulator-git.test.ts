import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { asInstallation, mint, refusal } from "../support/github/client.ts";
import type { RepositoryHandle } from "../support/github/people.ts";
import { type Github, startGithub } from "../support/github/server.ts";

const repo = { owner: "acme", repo: "shop" };
const person = { name: "Journeyman", email: "journeyman@example.com", date: "2026-02-03T04:05:06Z" };
const run = promisify(execFile);
let github: Github;
let shop: RepositoryHandle;

beforeEach(async () => {
  github = await startGithub();
  shop = await github.repository({ name: "shop", files: { "README.md": "# Shop\n", "src/price.js": "export {};\n" } });
  github.user("ada", { permission: "write" });
});
afterEach(async () => {
  await github.stop();
  expect(github.faults).toEqual([]);
});

/** Blob, tree and commit on top of `main`, as the App writes them. */
async function commitReadme(content: string): Promise<string> {
  const { git } = asInstallation(github).rest;
  const base = await shop.headSha();
  const blob = await git.createBlob({ ...repo, content: Buffer.from(content).toString("base64"), encoding: "base64" });
  const entry = { path: "README.md", mode: "100644", type: "blob", sha: blob.data.sha } as const;
  const tree = await git.createTree({ ...repo, base_tree: base, tree: [entry] });
  const spec = { message: "Say more", tree: tree.data.sha, parents: [base], author: person, committer: person };
  return (await git.createCommit({ ...repo, ...spec })).data.sha;
}

test("the same commit written twice has the same SHA, and becomes a branch and a pull request", async () => {
  const sha = await commitReadme("# Shop\nWe sell.\n");
  expect(await commitReadme("# Shop\nWe sell.\n")).toBe(sha);
  const { git, pulls } = asInstallation(github).rest;
  await git.createRef({ ...repo, ref: "refs/heads/journeyman/issue-1", sha });
  const spec = { ...repo, head: "journeyman/issue-1", base: "main", title: "Say more", body: "Closes #1" };
  const { data } = await pulls.create(spec);
  expect(data).toMatchObject({ commits: 1, additions: 1, changed_files: 1, head: { sha }, user: { type: "Bot" } });
  expect((await pulls.list({ ...repo, head: "acme:journeyman/issue-1", state: "all" })).data).toHaveLength(1);
  expect(await github.branches(shop)).toEqual({ main: await shop.headSha(), "journeyman/issue-1": sha });
  const tree = await github.tree(shop, sha);
  expect(Object.keys(tree)).toEqual(["README.md", "src/price.js"]);
  expect(tree["README.md"]).toMatchObject({ mode: "100644", content: "# Shop\nWe sell.\n" });
  expect(await refusal(pulls.create(spec))).toEqual([422, expect.stringContaining("already exists")]);
});

test("a tree deletes with a null SHA, keeps the exec bit, and refuses to delete what is not there", async () => {
  const { git } = asInstallation(github).rest;
  const base_tree = await shop.headSha();
  const tree = await git.createTree({
    ...repo,
    base_tree,
    tree: [
      { path: "src/price.js", mode: "100644", type: "blob", sha: null },
      { path: "bin/shop", mode: "100755", type: "blob", content: "#!/bin/sh\n" },
    ],
  });
  const seen = await github.tree(shop, tree.data.sha);
  expect(Object.entries(seen).map(([path, { mode }]) => `${mode} ${path}`)).toEqual([
    "100644 README.md",
    "100755 bin/shop",
  ]);
  const gone = { path: "no/such", mode: "100644", type: "blob", sha: null } as const;
  expect(await refusal(git.createTree({ ...repo, base_tree, tree: [gone] }))).toEqual([
    422,
    expect.stringContaining("BadObjectState"),
  ]);
});

test("refs that exist, name nothing, or would go back are refused", async () => {
  const { git, pulls } = asInstallation(github).rest;
  const first = await shop.headSha();
  const second = await shop.push({ "a.txt": "a\n" }, "Add a");
  const create = (ref: string, sha: string) => refusal(git.createRef({ ...repo, ref, sha }));
  expect(await create("refs/heads/main", first)).toEqual([422, expect.stringContaining("already exists")]);
  expect(await create("refs/heads/x", "1".repeat(40))).toEqual([422, expect.stringContaining("does not exist")]);
  expect(await create("heads/x", first)).toEqual([422, expect.stringContaining("two slashes")]);
  expect(await create("refs/heads/a..b", first)).toEqual([422, expect.stringContaining("not a valid ref")]);
  const update = (ref: string, sha: string) => refusal(git.updateRef({ ...repo, ref, sha }));
  expect(await update("heads/main", first)).toEqual([422, expect.stringContaining("fast forward")]);
  expect(await update("heads/none", second)).toEqual([422, expect.stringContaining("does not exist")]);
  await git.createRef({ ...repo, ref: "refs/heads/same", sha: first });
  const empty = pulls.create({ ...repo, head: "same", base: "main", title: "Nothing" });
  expect(await refusal(empty)).toEqual([422, expect.stringContaining("No commits between")]);
});

test("of several requests for one branch or one pull request at the same moment, one wins", async () => {
  const sha = await commitReadme("# Shop\nWe sell.\n");
  const { git, pulls } = asInstallation(github).rest;
  const five = <T>(send: () => Promise<T>) => Promise.allSettled(Array.from({ length: 5 }, send));
  const refs = await five(() => git.createRef({ ...repo, ref: "refs/heads/race", sha }));
  const opened = await five(() => pulls.create({ ...repo, head: "race", base: "main", title: "Race" }));
  for (const results of [refs, opened]) {
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  }
  expect(github.pullRequests(shop)).toHaveLength(1);
});

test("a branch that touches a workflow file needs the permission for it", async () => {
  const { git } = asInstallation(github).rest;
  const base = await shop.headSha();
  const entry = { path: ".github/workflows/ci.yml", mode: "100644", type: "blob", content: "on: push\n" } as const;
  const tree = await git.createTree({ ...repo, base_tree: base, tree: [entry] });
  const commit = await git.createCommit({ ...repo, message: "CI", tree: tree.data.sha, parents: [base] });
  const ref = git.createRef({ ...repo, ref: "refs/heads/ci", sha: commit.data.sha });
  expect((await refusal(ref))[0]).toBe(403);
});

test("a file is read as JSON and raw at any commit", async () => {
  const octokit = asInstallation(github);
  const old = await shop.headSha();
  await shop.push({ "README.md": "# New\n" }, "Rename");
  const { data } = await octokit.rest.repos.getContent({ ...repo, path: "README.md", ref: old });
  expect("content" in data && Buffer.from(data.content ?? "", "base64").toString()).toBe("# Shop\n");
  const raw = await octokit.rest.repos.getContent({ ...repo, path: "README.md", mediaType: { format: "raw" } });
  expect(raw.data).toBe("# New\n");
  expect((await refusal(octokit.rest.repos.getContent({ ...repo, path: "no.md" })))[0]).toBe(404);
});

test("git fetches with a token, at any commit, and pushes only with write access", async () => {
  const first = await shop.headSha();
  await shop.push({ "a.txt": "a\n" }, "Add a");
  const folder = await mkdtemp(join(tmpdir(), "simulator-clone-"));
  const url = (token: string) => `${github.url.replace("://", `://x-access-token:${token}@`)}/acme/shop.git`;
  const git = (...args: string[]) => run("git", ["-C", folder, ...args], { env: { PATH: "/usr/bin:/bin" } });
  const reader = url(await mint(github, { repository_ids: [shop.id], permissions: { contents: "read" } }));
  await git("clone", "--quiet", reader, "all");
  expect(await readFile(join(folder, "all/a.txt"), "utf8")).toBe("a\n");
  await git("init", "--quiet", "--bare", "one.git");
  await git("-C", "one.git", "fetch", "--quiet", "--depth=1", reader, first);
  const push = (target: string) => git("-C", "all", "push", "--quiet", target, `${first}:refs/heads/again`);
  await expect(push(reader)).rejects.toThrow("403");
  await expect(git("clone", "--quiet", url("ghs_wrong"), "bad")).rejects.toThrow("Authentication failed");
  await push(url(await mint(github, { permissions: { contents: "write" } })));
  expect((await github.branches(shop))["again"]).toBe(first);
  await rm(folder, { recursive: true });
});

test("a check run carries its conclusion", async () => {
  const { checks } = asInstallation(github).rest;
  const head_sha = await shop.headSha();
  const { data } = await checks.create({ ...repo, name: "journeyman", head_sha, status: "in_progress" });
  await checks.update({ ...repo, check_run_id: data.id, conclusion: "success" });
  expect(github.checkRuns(shop)).toMatchObject([{ name: "journeyman", status: "completed", conclusion: "success" }]);
});
