import { expect, test } from "vitest";
import { blobSha } from "../../../src/core/digest.ts";
import { collectFromOverlay } from "../../../src/sandbox/collect.ts";
import type { Item } from "./tar-maker.ts";
import { baseOf, folder, opaque, tarOf, whiteout } from "./tar-maker.ts";

const base = await baseOf({
  "README.md": "hello\n",
  "run.sh": "x:#!/bin/sh\n",
  "src/a.ts": "a\n",
  "src/b.ts": "b\n",
  "src/deep/c.ts": "c\n",
  "srcs/d.ts": "d\n",
  link: "->src/a.ts",
});
const collect = async (items: readonly Item[], layer?: (path: string) => boolean) =>
  collectFromOverlay(await tarOf(items), base, { ignored: [], ...(layer && { layer }) });
const nothing = { files: [], deleted: [], refused: [], ignored: 0 };

test("an empty upper directory is no change", async () => {
  expect(await collect([folder("./")])).toEqual(nothing);
});

test("added and modified files come with the very bytes that were hashed, in order", async () => {
  const collected = await collect([
    { name: "./src/z.ts", content: "new\n" },
    folder("./src/"),
    { name: "./README.md", content: "changed\n" },
  ]);
  expect(collected.files.map(({ path, status, mode, size }) => [path, status, mode, size])).toEqual([
    ["README.md", "modified", "100644", 8],
    ["src/z.ts", "added", "100644", 4],
  ]);
  for (const { bytes, blob } of collected.files) expect(blobSha(bytes)).toBe(blob);
  expect(collected).toMatchObject({ deleted: [], refused: [], ignored: 0 });
});

test("S58: a file copied up with the same bytes and mode is no change", async () => {
  expect(
    await collect([
      { name: "src/a.ts", content: "a\n" },
      { name: "run.sh", content: "#!/bin/sh\n", mode: 0o755 },
    ]),
  ).toEqual(nothing);
});

test("S55: a changed executable bit is a change, other mode bits are not", async () => {
  const collected = await collect([
    { name: "src/a.ts", content: "a\n", mode: 0o755 },
    { name: "src/b.ts", content: "b\n", mode: 0o666 },
    { name: "run.sh", content: "#!/bin/sh\n", mode: 0o644 },
  ]);
  expect(collected.files.map(({ path, mode }) => [path, mode])).toEqual([
    ["run.sh", "100644"],
    ["src/a.ts", "100755"],
  ]);
});

test("a whiteout deletes a file, or everything beneath a folder of exactly that name", async () => {
  expect((await collect([whiteout("README.md")])).deleted).toEqual(["README.md"]);
  expect((await collect([whiteout("src")])).deleted).toEqual(["src/a.ts", "src/b.ts", "src/deep/c.ts"]);
  expect(await collect([whiteout("never-was-there")])).toEqual(nothing);
});

test("an opaque folder deletes what is not in it again", async () => {
  const collected = await collect([opaque("./src/"), { name: "./src/a.ts", content: "a\n" }]);
  expect(collected).toMatchObject({ deleted: ["src/b.ts", "src/deep/c.ts"], files: [] });
});

test("an opaque root deletes everything that is not in it again", async () => {
  expect((await collect([opaque("./"), { name: "./README.md", content: "hello\n" }])).deleted).toHaveLength(6);
});

test("a file in the place of a folder deletes what was beneath it", async () => {
  const collected = await collect([{ name: "src", content: "now a file\n" }]);
  expect(collected.files.map((file) => file.path)).toEqual(["src"]);
  expect(collected.deleted).toEqual(["src/a.ts", "src/b.ts", "src/deep/c.ts"]);
});

test("a folder in the place of a file deletes the file", async () => {
  const collected = await collect([opaque("README.md/"), { name: "README.md/x", content: "x" }]);
  expect(collected.deleted).toEqual(["README.md"]);
  expect(collected.files.map((file) => file.path)).toEqual(["README.md/x"]);
});

test("a link that did not change is nothing, a file in its place is a change", async () => {
  expect(await collect([{ name: "link", type: "symlink", linkname: "src/a.ts" }])).toEqual(nothing);
  const collected = await collect([{ name: "link", content: "file" }]);
  expect(collected.files).toMatchObject([{ path: "link", status: "modified", mode: "100644" }]);
});

test.each(["/etc/passwd", "../../secret", ".git/config", "src/b.ts", "link", ""])(
  "S52: a new or changed link to %j is refused with its target",
  async (linkname) => {
    for (const name of ["link", "new-link", "src/a.ts"]) {
      const collected = await collect([{ name, type: "symlink", linkname }]);
      expect(collected.refused).toEqual([{ path: name, reason: "symlink", detail: linkname }]);
      expect(collected).toMatchObject({ files: [], deleted: [] });
    }
  },
);

test.each<[string, Item]>([
  ["a hard link", { name: "x", type: "link", linkname: "README.md" }],
  ["a pipe", { name: "x", type: "fifo" }],
  ["a device", { name: "x", type: "character-device", device: [1, 3] }],
  ["a disk", { name: "x", type: "block-device", device: [8, 0] }],
  ["a set-user-id program", { name: "x", mode: 0o4755, content: "x" }],
  ["a set-group-id program", { name: "x", mode: 0o2755, content: "x" }],
  [
    "a file whose content the kernel keeps elsewhere",
    { name: "x", pax: { "SCHILY.xattr.trusted.overlay.metacopy": "" } },
  ],
  ["a folder the kernel renamed", folder("x", { "SCHILY.xattr.trusted.overlay.redirect": "src" })],
])("S55: %s is refused", async (_, item) => {
  const collected = await collect([item, { name: "fine", content: "1" }]);
  expect(collected.refused).toMatchObject([{ path: "x", reason: "special_file" }]);
  expect(collected.files.map((file) => file.path)).toEqual(["fine"]);
});

test("S53: the workspace's own .git is passed over, a nested one is refused once", async () => {
  const collected = await collect([
    folder(".git/"),
    { name: ".git/config", content: "[core]" },
    { name: ".git/link", type: "symlink", linkname: "/etc" },
    { name: "sub/.git/config", content: "[core]" },
    { name: "sub/.git/HEAD", content: "ref" },
    { name: "other/.git", content: "gitdir: /x" },
  ]);
  expect(collected.files).toEqual([]);
  expect(collected.refused.map(({ path, reason }) => [path, reason])).toEqual([
    ["other/.git", "nested_git"],
    ["sub/.git", "nested_git"],
  ]);
});

test.each([
  "../x",
  "/etc/x",
  "a/../../x",
  "a//b",
  "a\nb",
  "a\\b",
  ".GIT/config",
  ".git\u200c/x",
  "git~1",
  "aux.txt",
  "a./b",
  "a\u202Eb",
  "readme.md",
  "x".repeat(300),
  Array.from({ length: 70 }, () => "d").join("/"),
])("S54: a file named %j is refused", async (name) => {
  const collected = await collect([{ name, content: "x" }]);
  expect(collected.files).toEqual([]);
  expect(collected.refused).toMatchObject([{ reason: "bad_path" }]);
});

test("a file may take a name that differs only in case from one it replaces", async () => {
  const collected = await collect([whiteout("README.md"), { name: "Readme.md", content: "hello\n" }]);
  expect(collected).toMatchObject({ deleted: ["README.md"], refused: [], files: [{ path: "Readme.md" }] });
});

test("what the dependency layer brought is left out, unless it is the repository's", async () => {
  const layer = (path: string) => ["built/out.js", "src/a.ts"].includes(path);
  const items = [{ name: "built/out.js", content: "1" }, { name: "src/a.ts", content: "2" }, whiteout("built/gone.js")];
  const collected = await collect(items, layer);
  expect(collected).toMatchObject({ files: [{ path: "src/a.ts" }], ignored: 1, deleted: [], refused: [] });
});

test("a path that is there twice is refused", async () => {
  const collected = await collect([
    { name: "x", content: "good" },
    { name: "./x", content: "bad" },
  ]);
  expect(collected.refused).toMatchObject([{ path: "x", reason: "special_file" }]);
});
