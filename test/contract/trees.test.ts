import { existsSync, lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blobSha } from "../../src/core/digest.ts";
import { Sha } from "../../src/core/ids.ts";
import type { Subject } from "../../src/core/subject.ts";
import { createMirror } from "../../src/git/trees.ts";
import type { BaseTrees } from "../../src/ports/trees.ts";
import type { GitServer } from "../support/git-http.ts";
import { startGitServer } from "../support/git-http.ts";
import type { Repository } from "../support/git-repository.ts";
import { file, folder, link, makeRepository } from "../support/git-repository.ts";

const TOKEN = "ghs_forTheContractOfTrees";
const root = mkdtempSync(join(tmpdir(), "trees-"));
const subject: Subject = { host: "git.test", installationId: 1, repositoryId: 7, owner: "o", name: "r", issue: 1 };
const never = new AbortController().signal;

interface Driver {
  readonly name: string;
  /** A driver with a disk of its own; `token` is what it will show. */
  readonly make: (server: GitServer, token: string) => BaseTrees;
}

const drivers: readonly Driver[] = [
  {
    name: "bare mirror",
    make: (server, token) =>
      createMirror({
        dataDir: mkdtempSync(join(root, "data-")),
        remote: ({ name }) => `${server.url}/${name}.git`,
        credential: async () => token,
        allowedProtocols: "https,http",
        chownTo: { uid: 10_001, gid: 10_001 },
      }),
  },
];

describe.each(drivers)("base trees: $name", ({ make }) => {
  let server: GitServer;
  let repository: Repository;
  let first: Sha;
  let second: Sha;
  const crlf = "one\r\ntwo\r\n";
  const image = new Uint8Array([0x89, 0, 0xff, 10, 13]);
  const large = Buffer.alloc(3 * 1024 * 1024, "0123456789\n");
  beforeAll(async () => {
    server = await startGitServer(root, TOKEN);
    repository = makeRepository(root, "r.git");
    first = repository.commit([
      file("README.md", "hello\n"),
      file("run.sh", "#!/bin/sh\n", "100755"),
      file("crlf.txt", crlf),
      file(".gitattributes", "* text=auto eol=lf filter=evil\n$Id$ ident\n"),
      folder("src", [folder("deep", [file("naïve 日本.txt", "x"), file("empty", "")]), file("image.png", image)]),
      file("large.bin", large),
      link("link", "src/deep"),
      link("outside", "/etc/passwd"),
      { mode: "160000", name: "module", commit: Sha.parse("1".repeat(40)) },
    ]);
    second = repository.commit([file("README.md", "changed\n"), folder("src", [file("image.png", image)])]);
  });
  afterAll(async () => {
    await server.close();
    rmSync(root, { recursive: true, force: true });
  });

  test("the files on disk are the commit's bytes, unfiltered, with their modes", async () => {
    const tree = await make(server, TOKEN).open(subject, first, never);
    expect(tree).toMatchObject({ repositoryId: 7, sha: first });
    expect(tree.treeSha).toBe(repository.git(["rev-parse", `${first}^{tree}`]).trim());
    for (const { path, mode, blob } of tree.files.values()) {
      const at = join(tree.directory, path);
      const stat = lstatSync(at);
      expect(blobSha(mode === "120000" ? Buffer.from(readlinkSync(at)) : readFileSync(at))).toBe(blob);
      if (mode !== "120000") expect(stat.mode & 0o7777).toBe(mode === "100755" ? 0o755 : 0o644);
      if (process.getuid?.() === 0) expect([stat.uid, stat.gid]).toEqual([10_001, 10_001]);
    }
    expect(readFileSync(join(tree.directory, "crlf.txt"), "utf8")).toBe(crlf);
    expect(readFileSync(join(tree.directory, "large.bin")).equals(large)).toBe(true);
    expect([...tree.files.keys()].sort()).toEqual(
      repository
        .git(["ls-tree", "-rz", "--name-only", first])
        .split("\0")
        .filter((path) => path !== "" && path !== "module")
        .sort(),
    );
  });

  test("S75: a link is made as a link and a submodule is left out", async () => {
    const tree = await make(server, TOKEN).open(subject, first, never);
    expect(lstatSync(join(tree.directory, "outside")).isSymbolicLink()).toBe(true);
    expect(tree.files.get("outside")?.mode).toBe("120000");
    expect(tree.files.has("module")).toBe(false);
    expect(existsSync(join(tree.directory, "module"))).toBe(false);
  });

  test("a commit opened before is opened again without the server", async () => {
    const trees = make(server, TOKEN);
    const before = await trees.open(subject, second, never);
    const asked = server.seen.length;
    const again = await trees.open(subject, second, never);
    expect(again).toEqual(before);
    expect(server.seen.length).toBe(asked);
  });

  test("each commit of a repository has its own files", async () => {
    const trees = make(server, TOKEN);
    const [a, b] = await Promise.all([trees.open(subject, first, never), trees.open(subject, second, never)]);
    expect(readFileSync(join(a.directory, "README.md"), "utf8")).toBe("hello\n");
    expect(readFileSync(join(b.directory, "README.md"), "utf8")).toBe("changed\n");
  });

  test("many opens of one commit at once write it once and agree", async () => {
    const trees = make(server, TOKEN);
    const opened = await Promise.all(Array.from({ length: 6 }, () => trees.open(subject, first, never)));
    expect(new Set(opened.map((tree) => tree.directory)).size).toBe(1);
    for (const tree of opened) expect(tree).toEqual(opened[0]);
  });

  test("a commit the server does not have is base_gone", async () => {
    const gone = Sha.parse("ab".repeat(20));
    await expect(make(server, TOKEN).open(subject, gone, never)).rejects.toMatchObject({ code: "base_gone" });
  });

  test("a refused token, a missing repository and a dead server are mirror_failed, which waits", async () => {
    await expect(make(server, "wrong").open(subject, first, never)).rejects.toMatchObject({
      code: "mirror_failed",
      class: "wait",
      details: { reason: "access was refused" },
    });
    const missing = { ...subject, name: "missing" };
    await expect(make(server, TOKEN).open(missing, first, never)).rejects.toMatchObject({ code: "mirror_failed" });
    const dead = { ...server, url: "http://127.0.0.1:9" };
    await expect(make(dead, TOKEN).open(subject, first, never)).rejects.toMatchObject({
      code: "mirror_failed",
      details: { reason: "the network" },
    });
  });

  test("after a failed open the next one succeeds", async () => {
    const trees = make(server, TOKEN);
    await expect(trees.open(subject, Sha.parse("cd".repeat(20)), never)).rejects.toThrow();
    expect((await trees.open(subject, first, never)).sha).toBe(first);
  });

  test("an abort ends an open that the server never answers, and the next open works", async () => {
    const trees = make(server, TOKEN);
    const over = new AbortController();
    server.stall(true);
    const opening = trees.open(subject, first, over.signal);
    setTimeout(() => over.abort(), 300);
    await expect(opening).rejects.toThrow();
    server.stall(false);
    expect((await trees.open(subject, first, never)).files.size).toBeGreaterThan(5);
  });

  test("text gives a regular file's text and null for everything else", async () => {
    const trees = make(server, TOKEN);
    const tree = await trees.open(subject, first, never);
    expect(await trees.text(tree, "crlf.txt")).toBe(crlf);
    expect(await trees.text(tree, "src/deep/empty")).toBe("");
    for (const path of ["link", "outside", "missing", "src", "../listing", "src/image.png", "large.bin", ""]) {
      expect(await trees.text(tree, path)).toBeNull();
    }
  });
});
