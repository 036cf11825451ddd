import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Workspace } from "../../../src/ports/sandbox.ts";
import { applyPatch } from "../../../src/tools/apply-patch.ts";
import { openLocalWorkspace, type LocalWorkspace } from "../../support/local-workspace.ts";
import { errorOf, useTool } from "../../support/tool-bench.ts";

let workspace: LocalWorkspace;
beforeEach(async () => {
  workspace = await openLocalWorkspace({ "a.txt": "one\ntwo\nthree\n", "src/b.txt": "uno\ndue\n", "c.txt": "un\n" });
});
afterEach(() => workspace.close());

const patch = (text: string, on: Workspace = workspace) => useTool(applyPatch, { patch: text }, { on });
const text = (path: string): Promise<string> => readFile(join(workspace.root, path), "utf8");
const files = async (): Promise<string[]> => (await readdir(workspace.root, { recursive: true })).toSorted();

const A = "--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n";
const B = "--- a/src/b.txt\n+++ b/src/b.txt\n@@ -1,2 +1,2 @@\n-uno\n+1\n due\n";
const NEW = "--- /dev/null\n+++ b/new/d.txt\n@@ -0,0 +1,2 @@\n+x\n+y\n";
const GONE = "--- a/c.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-un\n";
const MOVED = "diff --git a/src/b.txt b/lib/b.txt\nrename from src/b.txt\nrename to lib/b.txt\n";

describe("apply_patch", () => {
  test("changes, creates and deletes several files in one call, and says where", async () => {
    const { content, isError } = await patch(A + NEW + GONE);
    expect([isError, content]).toEqual([false, "Applied.\na.txt: 1 hunk\nnew/d.txt: created\nc.txt: removed"]);
    expect([await text("a.txt"), await text("new/d.txt")]).toEqual(["one\n2\nthree\n", "x\ny\n"]);
    expect(await files()).toEqual(["a.txt", "new", "new/d.txt", "src", "src/b.txt"]);
  });

  test("a renamed file keeps its mode, with and without changes", async () => {
    await chmod(join(workspace.root, "src/b.txt"), 0o755);
    const { content } = await patch(MOVED + B.split("\n").slice(2).join("\n"));
    expect(content).toContain("src/b.txt → lib/b.txt: renamed, 1 hunk");
    expect(await text("lib/b.txt")).toBe("1\ndue\n");
    expect((await stat(join(workspace.root, "lib/b.txt"))).mode & 0o111).not.toBe(0);
    expect(await files()).toEqual(["a.txt", "c.txt", "lib", "lib/b.txt", "src"]);
  });

  test("what was overlooked is said", async () => {
    await writeFile(join(workspace.root, "a.txt"), "zero\nzero\none \ntwo\nthree\n");
    const { content } = await patch(A);
    expect(content).toBe(
      "Applied.\na.txt: 1 hunk (hunk 1 at line 3: 2 lines below its line number; blanks at line ends differ)",
    );
    expect(await text("a.txt")).toBe("zero\nzero\none \n2\nthree\n");
  });

  test("one hunk that does not fit keeps all of them away, and each is told with file, number, lines and place", async () => {
    const bad = "--- a/src/b.txt\n+++ b/src/b.txt\n@@ -1,2 +1,2 @@\n uno\n-tre\n+3\n@@ -9 +9 @@\n-due\n+2\n";
    const { content, isError } = await patch(A + bad + NEW);
    expect(isError).toBe(true);
    expect(errorOf(content)).toMatchObject({
      error: "patch_not_applied",
      problems: [
        {
          path: "src/b.txt",
          hunk: 1,
          nearest: { line: 1, agreeing: "1 of 2 lines" },
          differing: [{ line: 2, expected: "tre", found: "due" }],
          suggestion: expect.stringContaining("line 1") as string,
        },
      ],
    });
    expect([await text("a.txt"), await files()]).toEqual(["one\ntwo\nthree\n", ["a.txt", "c.txt", "src", "src/b.txt"]]);
  });

  test("an ambiguous place is refused with the lines", async () => {
    await writeFile(join(workspace.root, "twice"), "x\ny\nx\n");
    const { content } = await patch("--- a/twice\n+++ b/twice\n@@\n-x\n+z\n");
    expect(errorOf(content)).toMatchObject({ problems: [{ hunk: 1, lines: [1, 3] }] });
    expect(await text("twice")).toBe("x\ny\nx\n");
  });

  test.each([
    ["a file that is missing", A.replaceAll("a.txt", "nowhere.txt"), { error: "not_found" }],
    ["a new file that exists", NEW.replaceAll("new/d.txt", "a.txt"), { problem: "a file of this name exists" }],
    [
      "a new name that exists",
      MOVED.replaceAll("src/b.txt", "c.txt").replaceAll("lib/b.txt", "a.txt"),
      { problem: "a file of this name exists" },
    ],
    ["a new file with context", NEW.replace("+y", " y"), { problem: "a new file has added lines only" }],
    ["a file that would not go whole", GONE.replaceAll("c.txt", "a.txt").replace("-un", "-one"), { path: "a.txt" }],
    ["a way out of the workspace", A.replaceAll("a.txt", "../a.txt"), { error: "bad_path" }],
    ["git's own folder", NEW.replaceAll("new/d.txt", ".git/hooks/x"), { error: "bad_path" }],
    ["an absolute path", "--- /etc/passwd\n+++ /etc/passwd\n@@\n-root\n+toor\n", { error: "bad_path" }],
    ["a file that is no text", A.replaceAll("a.txt", "binary"), { error: "binary_file" }],
    ["a folder", A.replaceAll("a.txt", "src"), { error: "not_a_file" }],
  ])("%s is a problem, and nothing is written", async (_, given, problem) => {
    await writeFile(join(workspace.root, "binary"), Buffer.from([0x61, 0xff]));
    const before = await files();
    const { content } = await patch(B + given);
    expect(errorOf(content)).toMatchObject({ error: "patch_not_applied", problems: [problem] });
    expect([await text("src/b.txt"), await files()]).toEqual(["uno\ndue\n", before]);
  });

  test("a patch that cannot be read is told its line", async () => {
    expect(errorOf((await patch("*** Begin Patch\n")).content)).toMatchObject({ error: "patch_unreadable", line: 1 });
  });

  test("too many hunks are refused before anything is read", async () => {
    const { content } = await patch(`--- a/a.txt\n+++ b/a.txt\n${"@@\n-one\n+1\n".repeat(201)}`);
    expect(errorOf(content)["error"]).toBe("patch_too_large");
  });

  test("a write that fails takes back what was written, moved and created before it", async () => {
    await mkdir(join(workspace.root, "blocked"));
    const failing: LocalWorkspace = {
      ...workspace,
      writeFile: (path, bytes, signal) =>
        path === "blocked/x"
          ? Promise.resolve({ kind: "failed", reason: "No space left on device" })
          : workspace.writeFile(path, bytes, signal),
    };
    const before = await files();
    const { content } = await patch(A + MOVED + NEW + GONE + NEW.replaceAll("new/d.txt", "blocked/x"), failing);
    expect(errorOf(content)).toMatchObject({
      error: "not_written",
      path: "blocked/x",
      reason: "No space left on device",
    });
    expect(errorOf(content)["suggestion"]).toContain("Nothing is changed");
    expect([await text("a.txt"), await text("src/b.txt"), await text("c.txt")]).toEqual([
      "one\ntwo\nthree\n",
      "uno\ndue\n",
      "un\n",
    ]);
    expect((await files()).filter((path) => !["lib", "new"].includes(path))).toEqual(before);
  });
});
