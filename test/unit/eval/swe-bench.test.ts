import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readEvals } from "../../../src/eval/directory.ts";
import { hiddenFiles } from "../../../src/eval/hidden-files.ts";
import { importDataset } from "../../../src/eval/import.ts";
import { readInstances } from "../../../src/eval/swe-bench.ts";
import type { BaseTree } from "../../../src/ports/trees.ts";

const PATCH = `--- a/tests/test_a.py
+++ b/tests/test_a.py
@@ -1,2 +1,3 @@
 import unittest
-old = 1
+new = 1
+more = 2
`;

const INSTANCE = {
  instance_id: "acme__tool-1",
  repo: "acme/tool",
  base_commit: "0123456789abcdef0123456789abcdef01234567",
  problem_statement: "It is wrong\n\nVery wrong.",
  hints_text: "Look there.",
  patch: "--- a/x\n+++ b/x\n",
  test_patch: PATCH,
  FAIL_TO_PASS: '["tests/test_a.py::test_one"]',
  PASS_TO_PASS: ["tests/test_a.py::test_two"],
  version: "1.0",
};

let room: string;
beforeEach(async () => {
  room = await mkdtemp(join(tmpdir(), "journeyman-import-"));
});
afterEach(() => rm(room, { recursive: true, force: true }));

const dataset = async (...lines: readonly (object | string)[]): Promise<string> => {
  const path = join(room, "set.jsonl");
  await writeFile(path, lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));
  return path;
};

test("an instance becomes a task that is read without a fault", async () => {
  execFileSync("git", ["init", "--quiet", join(room, "clones/acme__tool")]);
  const out = join(room, "out");
  expect(await importDataset(await dataset(INSTANCE, ""), { out, repos: join(room, "clones") })).toEqual([
    "acme__tool-1",
  ]);
  const [task] = (await readEvals(out)).tasks;
  expect(task).toMatchObject({
    name: "acme__tool-1",
    language: "python",
    clonePath: join(room, "clones/acme__tool"),
    clone: { commit: INSTANCE.base_commit },
    given: { title: "It is wrong", body: "Very wrong.\n\n## Hints\n\nLook there." },
    hidden: {
      command: "python3 -m pytest -rA 'tests/test_a.py'",
      fail_to_pass: ["tests/test_a.py::test_one"],
      pass_to_pass: ["tests/test_a.py::test_two"],
    },
    hiddenPatch: PATCH,
  });
  expect(await readFile(join(out, "acme__tool-1/reference.patch"), "utf8")).toBe(INSTANCE.patch);
  if (task === undefined) expect.fail("no task");
  const tree: BaseTree = { repositoryId: 1, sha: "" as never, treeSha: "" as never, directory: "", files: new Map() };
  const text = (_: BaseTree, path: string) =>
    Promise.resolve(path === "tests/test_a.py" ? "import unittest\nold = 1\n" : null);
  const { files } = await hiddenFiles(task, { tree, text });
  expect(files.map(({ path, bytes }) => [path, Buffer.from(bytes).toString()])).toEqual([
    ["tests/test_a.py", "import unittest\nnew = 1\nmore = 2\n"],
  ]);
  await expect(hiddenFiles(task, { tree, text: () => Promise.resolve("other\n") })).rejects.toThrow(
    "the hidden patch does not fit tests/test_a.py at the base commit",
  );
});

test("malformed lines are all named with their number, and nothing is written", async () => {
  const lines = [
    "{",
    { ...INSTANCE, base_commit: "main", FAIL_TO_PASS: "no list" },
    { ...INSTANCE, instance_id: "../x" },
    { ...INSTANCE, test_patch: "@@ -1 +1 @@\n" },
    INSTANCE,
    INSTANCE,
  ];
  const path = await dataset(...lines);
  const read = readInstances(await readFile(path, "utf8"), "set.jsonl");
  expect(read.ok ? [] : read.faults.map((fault) => fault.split(" ", 2).join(" "))).toEqual([
    "set.jsonl:1 is",
    "set.jsonl:2 `base_commit`:",
    "set.jsonl:2 `FAIL_TO_PASS`:",
    "set.jsonl:3 `instance_id`:",
    "set.jsonl:4 `test_patch`,",
    "set.jsonl:6 repeats",
  ]);
  const out = join(room, "out");
  await expect(importDataset(path, { out, repos: room })).rejects.toMatchObject({ code: "evals_invalid" });
  await expect(readFile(out)).rejects.toMatchObject({ code: "ENOENT" });
});

test("a clone that is not there is named with where it belongs", async () => {
  await mkdir(join(room, "clones"));
  const path = await dataset(INSTANCE);
  await expect(importDataset(path, { out: join(room, "out"), repos: join(room, "clones") })).rejects.toThrow(
    /no clone of acme\/tool in .*clones: clone it there as acme__tool/,
  );
});
