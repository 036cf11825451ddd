import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Sha } from "../../src/core/ids.ts";
import type { Subject } from "../../src/core/subject.ts";
import { LOCAL_GIT, openLocalRepository } from "../../src/git/local-repository.ts";
import { createMirror } from "../../src/git/trees.ts";
import { createLocalForge, LOCAL_PERSON } from "../../src/local/forge.ts";
import { readIssueFile } from "../../src/local/issue-file.ts";
import type { CommitSpec, Forge } from "../../src/ports/forge.ts";

/* The forge without a server, over a real repository with a work tree, hooks and a configuration that would do harm. */

const subject: Subject = { host: "local", installationId: 0, repositoryId: 7, owner: "local", name: "r", issue: 1 };

let room: string;
let work: string;
beforeEach(async () => {
  room = await mkdtemp(join(tmpdir(), "journeyman-local-"));
  work = join(room, "work");
  git("init", "--quiet", "--initial-branch=trunk", work);
  await writeFile(join(work, "a.txt"), "one\n");
  await writeFile(join(work, "old.txt"), "old\n");
  inWork("add", ".");
  inWork("-c", "user.name=a", "-c", "user.email=a@example.test", "commit", "--quiet", "-m", "first");
});
afterEach(() => rm(room, { recursive: true, force: true }));

const git = (...args: string[]): string => execFileSync("git", args, { env: { PATH: process.env["PATH"] } }).toString();
const inWork = (...args: string[]): string => git("-C", work, ...args).trim();

const ISSUE = {
  title: "Mend it",
  body: "Please.",
  author: "ada",
  labels: ["bug"],
  comments: [{ author: "bob", body: "Me too." }],
};

const open = async (): Promise<Forge> =>
  createLocalForge({
    subject,
    issue: ISSUE,
    repository: await openLocalRepository(work),
    directory: join(room, "forge"),
    now: () => Date.parse("2026-01-02T03:04:05Z"),
  });

const changes = (baseSha: Sha): CommitSpec => ({
  baseSha,
  message: "Mend it\n\nA line.\n",
  date: "2026-01-02T03:04:05Z",
  files: [
    { path: "a.txt", mode: "100644", bytes: Buffer.from("two\n") },
    { path: 'odd "näme"\t.sh', mode: "100755", bytes: Buffer.from([0, 255, 10]) },
  ],
  deleted: ["old.txt"],
});

describe("publishing", () => {
  test("is one new branch with exactly these bytes; work tree, index and current branch stay", async () => {
    const forge = await open();
    const before = [inWork("status", "--porcelain"), inWork("rev-parse", "HEAD"), inWork("symbolic-ref", "HEAD")];
    const { name, sha: base } = await forge.defaultBranch(subject);
    expect(name).toBe("trunk");
    const { sha, treeSha } = await forge.commit(subject, changes(base));
    await forge.createBranch(subject, "journeyman/issue-1-x", sha);
    const spec = { branch: "journeyman/issue-1-x", base: name, title: "Mend it", body: "Why.", draft: false };
    const opened = await forge.openPullRequest(subject, spec);
    expect([inWork("status", "--porcelain"), inWork("rev-parse", "HEAD"), inWork("symbolic-ref", "HEAD")]).toEqual(
      before,
    );
    expect(inWork("rev-parse", "journeyman/issue-1-x", "journeyman/issue-1-x^{tree}").split("\n")).toEqual([
      sha,
      treeSha,
    ]);
    expect(inWork("rev-parse", `${sha}^`)).toBe(base);
    expect(inWork("log", "-1", "--format=%an %s %cI", sha)).toBe("Journeyman Mend it 2026-01-02T03:04:05+00:00");
    const listed = inWork("ls-tree", "-r", "-z", sha).split("\0");
    expect(listed.map((line) => line.replace(/ blob \w{40}\t/, " "))).toEqual([
      "100644 a.txt",
      '100755 odd "näme"\t.sh',
      "",
    ]);
    expect(inWork("for-each-ref", "--format=%(refname)")).toBe("refs/heads/journeyman/issue-1-x\nrefs/heads/trunk");
    expect(opened.url).toMatch(/^file:.*\/pull-request\.md$/);
    expect(await readFile(join(room, "forge/pull-request.md"), "utf8")).toContain(
      "# Mend it\n\nBranch: `journeyman/issue-1-x`\n\nWhy.",
    );
    const patch = join(room, "forge/change.patch");
    expect(inWork("apply", "--check", "--verbose", patch)).toBe("");
  });

  test("twice is the same commit, branch and pull request; a branch of others is never moved", async () => {
    const forge = await open();
    const { sha: base } = await forge.defaultBranch(subject);
    const first = await forge.commit(subject, changes(base));
    expect(await (await open()).commit(subject, changes(base))).toEqual(first);
    await forge.createBranch(subject, "b", first.sha);
    await forge.createBranch(subject, "b", first.sha);
    await expect(forge.createBranch(subject, "b", base)).rejects.toMatchObject({ code: "branch_taken" });
    expect(inWork("rev-parse", "b")).toBe(first.sha);
  });

  test("runs no hook and heeds no configuration of the repository", async () => {
    const ran = join(room, "ran");
    const hook = join(work, ".git/hooks/reference-transaction");
    await mkdir(join(work, ".git/hooks"), { recursive: true });
    await writeFile(hook, `#!/bin/sh\ntouch ${ran}\n`);
    await chmod(hook, 0o755);
    inWork("config", "core.fsmonitor", `touch ${ran}`);
    const forge = await open();
    const { sha: base } = await forge.defaultBranch(subject);
    await forge.createBranch(subject, "b", (await forge.commit(subject, changes(base))).sha);
    await expect(readFile(ran)).rejects.toMatchObject({ code: "ENOENT" });
    git("-C", work, "branch", "proof");
    expect(await readFile(ran, "utf8")).toBe("");
  });
});

describe("reading", () => {
  test("the issue, its comments with who wrote them, and files at a commit", async () => {
    const forge = await open();
    expect(await forge.issue(subject)).toMatchObject({
      title: "Mend it",
      author: "ada",
      state: "open",
      labels: ["bug"],
    });
    await expect(forge.issue({ ...subject, issue: 2 })).rejects.toMatchObject({ code: "github_missing" });
    expect(await forge.comments(subject)).toMatchObject([
      { author: "bob", body: "Me too.", mine: false, actor: { type: "User" } },
    ]);
    const { sha } = await forge.defaultBranch(subject);
    expect(await forge.file(subject, sha, "a.txt")).toBe("one\n");
    for (const path of ["missing", "*.txt"]) expect(await forge.file(subject, sha, path)).toBeNull();
  });

  test("whoever sits here may do all, nobody else anything", async () => {
    const forge = await open();
    expect(await forge.permission(subject, LOCAL_PERSON)).toBe("admin");
    expect(await forge.permission(subject, { ...LOCAL_PERSON, id: 3 })).toBe("none");
  });

  test("a comment is posted once per marker, also by another process, and edited in place", async () => {
    const forge = await open();
    const posted = await forge.postComment(subject, "plan.1", "the plan");
    expect(posted).toMatchObject({ adopted: false, id: 2 });
    const again = await open();
    expect(await again.postComment(subject, "plan.1", "other")).toMatchObject({ adopted: true, id: 2 });
    await again.editComment(subject, 2, { marker: "plan.1", body: "edited" });
    expect(await again.comment(subject, 2)).toMatchObject({ body: "edited", actor: { type: "Bot" } });
    expect((await (await open()).comments(subject)).map(({ body, mine }) => [body, mine])).toEqual([
      ["Me too.", false],
      ["edited", true],
    ]);
    expect(await forge.comment(subject, 99)).toBeNull();
  });

  test("a mirror reads its trees from the local path", async () => {
    const { gitDir } = await openLocalRepository(work);
    const { signal } = new AbortController();
    const credential = () => Promise.resolve("");
    const { allowedProtocols } = LOCAL_GIT;
    const trees = createMirror({ dataDir: join(room, "data"), remote: () => gitDir, credential, allowedProtocols });
    const { sha } = await (await open()).defaultBranch(subject);
    const tree = await trees.open(subject, sha, signal);
    expect([...tree.files.keys()].toSorted()).toEqual(["a.txt", "old.txt"]);
    expect(await trees.text(tree, "a.txt")).toBe("one\n");
    await trees.settled();
  });
});

describe("what cannot be used is named:", () => {
  test("a directory without a repository, and a repository without a commit", async () => {
    await expect(openLocalRepository(room)).rejects.toThrow(
      `The repository at ${room} cannot be used: it is not a git repository.`,
    );
    git("init", "--quiet", join(room, "empty"));
    await expect((await openLocalRepository(join(room, "empty"))).head()).rejects.toThrow("it has no commit yet");
  });

  test.each([
    ["issue.md", null, "the file is not there or cannot be read"],
    ["issue.md", " \n", "it is empty; its first line is the issue's title"],
    ["issue.json", "{", "it is not JSON"],
    ["issue.json", '{"title": "x", "colour": 1}', "colour"],
  ])("%s with %j", async (name, content, reason) => {
    const path = join(room, name);
    if (content !== null) await writeFile(path, content);
    await expect(readIssueFile(path)).rejects.toMatchObject({ code: "issue_file_invalid" });
    await expect(readIssueFile(path)).rejects.toThrow(reason);
  });

  test("an issue in Markdown or JSON is read", async () => {
    await writeFile(join(room, "i.md"), "# Title\r\n\r\nText\r\nmore\r\n");
    expect(await readIssueFile(join(room, "i.md"))).toMatchObject({
      title: "Title",
      body: "Text\nmore",
      author: "you",
    });
    await writeFile(join(room, "i.json"), JSON.stringify(ISSUE));
    expect(await readIssueFile(join(room, "i.json"))).toEqual(ISSUE);
  });
});
