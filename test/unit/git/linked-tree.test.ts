import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Sha } from "../../../src/core/ids.ts";
import type { Subject } from "../../../src/core/subject.ts";
import type { MirrorOptions } from "../../../src/git/trees.ts";
import { createMirror } from "../../../src/git/trees.ts";
import type { BaseTree } from "../../../src/ports/trees.ts";
import type { GitServer } from "../../support/git-http.ts";
import { startGitServer } from "../../support/git-http.ts";
import type { Files } from "../../support/git-files.ts";
import { commitFiles, editAtRandom, manyFiles, seeded } from "../../support/git-files.ts";
import type { Repository } from "../../support/git-repository.ts";
import { makeRepository } from "../../support/git-repository.ts";

const TOKEN = "ghs_forLinkedTrees";
const root = mkdtempSync(join(tmpdir(), "linked-"));
const never = new AbortController().signal;
const subject: Subject = { host: "git.test", installationId: 1, repositoryId: 3, owner: "o", name: "r", issue: 1 };
const isRoot = process.getuid?.() === 0;
let server: GitServer;
let repository: Repository;

beforeAll(async () => {
  server = await startGitServer(root, TOKEN);
  repository = makeRepository(root, "r.git");
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

const mirror = (changes: Partial<MirrorOptions> = {}) =>
  createMirror({
    dataDir: mkdtempSync(join(root, "data-")),
    remote: ({ name }) => `${server.url}/${name}.git`,
    credential: async () => TOKEN,
    allowedProtocols: "https,http",
    chownTo: { uid: 10_001, gid: 10_001 },
    ...changes,
  });

/** All there is in a directory: kind, mode, owner and bytes by path; folders too. */
function contentOf(directory: string): Record<string, string> {
  const found: Record<string, string> = {};
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" }).sort();
  for (const name of ["", ...names]) {
    const path = join(directory, name);
    const { mode, uid, gid } = lstatSync(path);
    const kind = mode & 0o170000;
    const bytes = kind === 0o120000 ? readlinkSync(path) : kind === 0o100000 ? readFileSync(path, "base64") : "";
    found[name] = `${kind === 0o120000 ? "link" : mode.toString(8)} ${uid}:${gid} ${bytes}`;
  }
  return found;
}

/** The same commit written by a mirror that has no other tree. */
const fresh = (sha: Sha): Promise<BaseTree> => mirror().open(subject, sha, never);
const inode = (tree: BaseTree, path: string) => lstatSync(join(tree.directory, path)).ino;
const shelfOf = (tree: BaseTree): string => dirname(dirname(tree.directory));
const text = (content: string) => ({ mode: "100644", content });

test.each([1, 2, 3])(
  "after any edits a linked tree is, byte for byte, the tree written alone (seed %d)",
  async (seed) => {
    const random = seeded(seed);
    const trees = mirror();
    let files: Files = manyFiles(24);
    const opened: { tree: BaseTree; content: Record<string, string> }[] = [];
    for (let round = 0; round < 6; round++) {
      const sha = commitFiles(repository, files);
      const tree = await trees.open(subject, sha, never);
      const content = contentOf(tree.directory);
      const alone = await fresh(sha);
      expect(content).toEqual(contentOf(alone.directory));
      expect(tree).toEqual({ ...alone, directory: tree.directory });
      opened.push({ tree, content });
      files = editAtRandom(files, random, 1 + (round % 4));
    }
    for (const { tree, content } of opened) expect(contentOf(tree.directory)).toEqual(content);
  },
);

describe("a tree after another", () => {
  const before: Files = new Map([
    ...manyFiles(20),
    ["file", text("f")],
    ["run.sh", { mode: "100755", content: "#!/bin/sh\n" }],
    ["link", { mode: "120000", content: "file" }],
    ["folder/only", text("o")],
    ["folder/deep/more", text("m")],
  ]);
  const cases: readonly [string, (files: Map<string, { mode: string; content: string }>) => void][] = [
    ["a file becomes executable", (files) => files.set("file", { mode: "100755", content: "f" })],
    ["a file is no longer executable", (files) => files.set("run.sh", text("#!/bin/sh\n"))],
    ["a link points elsewhere", (files) => files.set("link", { mode: "120000", content: "run.sh" })],
    ["a link becomes a file", (files) => files.set("link", text("file"))],
    ["a file becomes a link out of the tree", (files) => files.set("file", { mode: "120000", content: "/etc/passwd" })],
    ["a file becomes a folder", (files) => void (files.delete("file"), files.set("file/in/it", text("i")))],
    ["a link becomes a folder", (files) => void (files.delete("link"), files.set("link/in", text("i")))],
    [
      "a folder becomes a file",
      (files) => void (files.delete("folder/only"), files.delete("folder/deep/more"), files.set("folder", text("f"))),
    ],
    [
      "a folder becomes a link",
      (files) =>
        void (files.delete("folder/only"),
        files.delete("folder/deep/more"),
        files.set("folder", { mode: "120000", content: "/etc" })),
    ],
    ["a folder loses its last file", (files) => files.delete("folder/deep/more")],
  ];
  test.each(cases)("%s: only that is written, and the tree before stays as it was", async (_, edit) => {
    const trees = mirror();
    const older = await trees.open(subject, commitFiles(repository, before), never);
    const was = contentOf(older.directory);
    const edited = new Map(before);
    edit(edited);
    const sha = commitFiles(repository, edited);
    const newer = await trees.open(subject, sha, never);
    expect(contentOf(newer.directory)).toEqual(contentOf((await fresh(sha)).directory));
    expect(contentOf(older.directory)).toEqual(was);
    for (const [path, entry] of edited) {
      const isShared = isRoot && JSON.stringify(before.get(path)) === JSON.stringify(entry);
      expect([path, existsSync(join(older.directory, path)) && inode(older, path) === inode(newer, path)]).toEqual([
        path,
        isShared,
      ]);
    }
  });

  test("the listing is its own: the older tree keeps the words it was written with", async () => {
    const trees = mirror();
    const older = await trees.open(subject, commitFiles(repository, before), never);
    const listing = readFileSync(join(dirname(older.directory), "listing"));
    await trees.open(subject, commitFiles(repository, new Map([...before, ["new", text("n")]])), never);
    expect(readFileSync(join(dirname(older.directory), "listing")).equals(listing)).toBe(true);
    expect(await trees.open(subject, older.sha, never)).toEqual(older);
  });

  test("a tree of another owner is not shared", async () => {
    const dataDir = mkdtempSync(join(root, "data-"));
    await mirror({ dataDir }).open(subject, commitFiles(repository, before), never);
    const sha = commitFiles(repository, new Map([...before, ["new", text("n")]]));
    const other = { uid: 10_002, gid: 10_002 };
    const tree = await mirror({ dataDir, chownTo: other }).open(subject, sha, never);
    expect(contentOf(tree.directory)).toEqual(
      contentOf((await mirror({ chownTo: other }).open(subject, sha, never)).directory),
    );
  });

  test("a file that can have no more links has the whole tree written", async () => {
    const trees = mirror();
    const older = await trees.open(subject, commitFiles(repository, before), never);
    const many = join(root, "many");
    mkdirSync(many);
    const linkOften = () => {
      for (let n = 0; n < 70_000; n++) linkSync(join(older.directory, "file"), join(many, String(n)));
    };
    expect(linkOften).toThrow(/EMLINK/);
    const sha = commitFiles(repository, new Map([...before, ["new", text("n")]]));
    const newer = await trees.open(subject, sha, never);
    expect(contentOf(newer.directory)).toEqual(contentOf((await fresh(sha)).directory));
    expect(inode(newer, "run.sh")).not.toBe(inode(older, "run.sh"));
    expect(readdirSync(shelfOf(older)).sort()).toEqual([older.sha, newer.sha].sort());
    rmSync(many, { recursive: true });
  });
});

test.runIf(isRoot)("a large tree leaves a spare, and the next commit is made out of it", async () => {
  const files = manyFiles(3000);
  const trees = mirror();
  const older = await trees.open(subject, commitFiles(repository, files), never);
  await trees.settled();
  const was = contentOf(older.directory);
  const spare = lstatSync(join(shelfOf(older), "spare", "files")).ino;
  const sha = commitFiles(repository, editAtRandom(files, seeded(9), 20));
  const newer = await trees.open(subject, sha, never);
  expect(lstatSync(newer.directory).ino).toBe(spare);
  expect(contentOf(newer.directory)).toEqual(contentOf((await fresh(sha)).directory));
  expect(contentOf(older.directory)).toEqual(was);
  await trees.settled();
  expect(readdirSync(shelfOf(older)).sort()).toEqual([older.sha, newer.sha, "spare"].sort());
});
