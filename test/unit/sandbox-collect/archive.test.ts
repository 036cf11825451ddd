import { expect, test } from "vitest";
import { blobSha } from "../../../src/core/digest.ts";
import { collectFromArchive, collectFromOverlay } from "../../../src/sandbox/collect.ts";
import type { Item } from "./tar-maker.ts";
import { baseOf, folder, tarOf, whiteout } from "./tar-maker.ts";

const contents = {
  "README.md": "hello\n",
  "run.sh": "x:#!/bin/sh\n",
  "src/a.ts": "a\n",
  "src/b.ts": "b\n",
  "src/aux.c": "old name\n",
  link: "->src/a.ts",
  "large.bin": "0123456789".repeat(200_000),
};
const base = await baseOf(contents);
const whole: readonly Item[] = [
  folder("./"),
  { name: "./README.md", content: contents["README.md"] },
  { name: "./run.sh", content: "#!/bin/sh\n", mode: 0o755 },
  { name: "./src/a.ts", content: contents["src/a.ts"] },
  { name: "./src/b.ts", content: contents["src/b.ts"] },
  { name: "./src/aux.c", content: contents["src/aux.c"] },
  { name: "./link", type: "symlink", linkname: "src/a.ts" },
  { name: "./large.bin", content: contents["large.bin"] },
];
const without = (...names: readonly string[]) => whole.filter((item) => !names.includes(item.name));
const collect = async (items: readonly Item[], layer?: ReadonlyMap<string, string>) =>
  collectFromArchive(await tarOf(items), base, { ignored: [], ...(layer && { layer }) });

test("the whole tree unchanged is no change, however large or oddly named its files are", async () => {
  expect(await collect(whole)).toEqual({ files: [], deleted: [], refused: [], ignored: 0 });
});

test("what the tar does not have is deleted", async () => {
  expect((await collect(without("./src/b.ts", "./link"))).deleted).toEqual(["link", "src/b.ts"]);
});

test("a file the repository has may be changed though its name is odd", async () => {
  const collected = await collect([...without("./src/aux.c"), { name: "./src/aux.c", content: "new" }]);
  expect(collected).toMatchObject({ refused: [], deleted: [], files: [{ path: "src/aux.c", status: "modified" }] });
});

test("S56: a large file that changed is refused and not kept", async () => {
  const content = contents["large.bin"].replace("0", "1");
  const collected = await collect([...without("./large.bin"), { name: "./large.bin", content }]);
  expect(collected.refused).toEqual([{ path: "large.bin", reason: "too_large", detail: "2000000 bytes" }]);
  expect(collected).toMatchObject({ files: [], deleted: [] });
});

test("the dependency layer's files are left out, and a tracked file as the installation left it is no change", async () => {
  const layer = new Map([
    ["README.md", String(blobSha(Buffer.from("installed\n")))],
    ["built.js", String(blobSha(Buffer.from("1")))],
  ]);
  const items: Item[] = [
    ...without("./README.md", "./src/a.ts"),
    { name: "./README.md", content: "installed\n" },
    { name: "./built.js", content: "1" },
    { name: "./src/a.ts", content: "mine\n" },
  ];
  expect(await collect(items, layer)).toMatchObject({ files: [{ path: "src/a.ts" }], ignored: 1, refused: [] });
});

test("a device node 0/0 means nothing special in a whole tree", async () => {
  const collected = await collect([...without("./src/a.ts"), whiteout("./src/a.ts")]);
  expect(collected).toMatchObject({ refused: [{ path: "src/a.ts", reason: "special_file" }], deleted: [] });
});

test("both strategies give the same answer for the same work", async () => {
  const added: Item[] = [
    { name: "./new/file.txt", content: "1" },
    { name: "./node_modules/x/index.js", content: "2" },
    { name: "./README.md", content: "changed" },
    { name: "./bad.", content: "x" },
    { name: "./to", type: "symlink", linkname: "/etc" },
  ];
  const archive = await collect([...without("./README.md", "./src/b.ts"), ...added]);
  const upper = await tarOf([...added, whiteout("./src/b.ts")]);
  expect(await collectFromOverlay(upper, base, { ignored: [] })).toEqual(archive);
});
