import { expect, test } from "vitest";
import { collectFromOverlay } from "../../../src/sandbox/collect.ts";
import { createIgnored } from "../../../src/sandbox/ignored.ts";
import { baseOf, tarOf, whiteout } from "./tar-maker.ts";

const base = await baseOf({
  ".gitignore": "dist/\n*.log\n!keep.log\n/only-root\nsecret\n",
  "dist/tracked.js": "1",
  "sub/.gitignore": "!special.log\nlocal\n/here\ndist2/\n",
  "sub/sub/.gitignore": "!dist2/\n",
  "a [b]/.gitignore": "# note\n/x y\ndeep/*.tmp\r\n\\#odd\n",
  "linked/.gitignore": "->../../../../../../etc/hosts",
});

test.each([
  ["dist/out.js", true],
  ["sub/dist/out.js", true],
  ["a.log", true],
  ["keep.log", false],
  ["only-root", true],
  ["sub/only-root", false],
  ["sub/special.log", false],
  ["sub/a.log", true],
  ["special.log", true],
  ["sub/local", true],
  ["local", false],
  ["sub/here", true],
  ["sub/x/here", false],
  ["sub/dist2/a", true],
  ["sub/sub/dist2/a", false],
  ["dist/keep.log", true],
  ["SECRET", false],
  ["a [b]/x y", true],
  ["a [b]/c/x y", false],
  ["a [b]/deep/1.tmp", true],
  ["a [b]/#odd", true],
  ["a b/deep/1.tmp", false],
  ["linked/x", false],
  ["node_modules/x/index.js", true],
  ["packages/a/node_modules/x", true],
  ["node_modules", true],
  ["src/__pycache__/a.cpython-313.pyc", true],
  [".venv/bin/python", true],
  ["src/cache/x", false],
  ["generated/x.ts", true],
])("%s: %s", async (path, expected) => {
  expect(await createIgnored(base, ["generated/"])(path)).toBe(expected);
});

const collect = async (items: Parameters<typeof tarOf>[0]) =>
  collectFromOverlay(await tarOf(items), base, { ignored: [] });

test("a tracked path is never ignored, changed or deleted", async () => {
  expect((await collect([{ name: "dist/tracked.js", content: "2" }])).files).toMatchObject([
    { path: "dist/tracked.js" },
  ]);
  expect((await collect([whiteout("dist/tracked.js")])).deleted).toEqual(["dist/tracked.js"]);
});

test("S58: ignore files changed in the sandbox hide nothing and are shown as changes", async () => {
  const collected = await collect([
    { name: ".gitignore", content: "*\n" },
    { name: "src/.gitignore", content: "evil.ts\n" },
    { name: "src/evil.ts", content: "x" },
    { name: "a.log", content: "noise" },
  ]);
  expect(collected.files.map((file) => file.path)).toEqual([".gitignore", "src/.gitignore", "src/evil.ts"]);
  expect(collected.ignored).toBe(1);
});

test("what is ignored may have any name and be any kind of thing", async () => {
  const collected = await collect([
    { name: "node_modules/.bin/tsc", type: "symlink", linkname: "../typescript/bin/tsc" },
    { name: "node_modules/a/aux.js", content: "x" },
    { name: "node_modules/a/.git/config", content: "x" },
    { name: "node_modules/pipe", type: "fifo" },
    { name: "node_modules/large", content: "x".repeat(2_000_000) },
  ]);
  expect(collected).toEqual({ files: [], deleted: [], refused: [], ignored: 5 });
});
