import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ToolCall } from "../../src/core/messages.ts";
import type { OpenWorkspace } from "../../src/ports/sandbox.ts";
import { applyPatch } from "../../src/tools/apply-patch.ts";
import { bash } from "../../src/tools/bash.ts";
import { edit } from "../../src/tools/edit.ts";
import { grep } from "../../src/tools/grep.ts";
import { read } from "../../src/tools/read.ts";
import type { Tool } from "../../src/tools/tool.ts";
import { write } from "../../src/tools/write.ts";
import { sandboxBench, type SandboxBench } from "../support/docker.ts";
import { errorOf, useTool } from "../support/tool-bench.ts";

/* Bad input over the real sandbox: each kind has an outcome of its own, says what to do next, and leaves a sandbox that works. */

const FILES = {
  "twice.txt": "same\nother\nsame\n",
  "src/a.ts": "export const a = 1;\nexport const b = 2;\n",
  "logo.png": "\u0089PNG\0\0\0",
};

const signal = new AbortController().signal;

describe("bad input", () => {
  let bench: SandboxBench;
  let open: OpenWorkspace;
  beforeAll(async () => {
    bench = await sandboxBench();
    open = await bench.sandbox.open(bench.spec(await bench.tree(FILES)), signal);
  });
  afterAll(async () => {
    await open.close();
    await bench.clean();
  });

  const use = (tool: Tool, input: ToolCall["input"]) =>
    useTool(tool, input, { on: open.workspace, id: "bad", commandMs: 60_000 });
  const failure = async (tool: Tool, input: ToolCall["input"]) => {
    const { content, isError } = await use(tool, input);
    expect(isError).toBe(true);
    const told = errorOf(content.split("\n")[0] ?? "");
    expect(told["suggestion"]).toEqual(expect.any(String));
    return told;
  };
  const said = async (command: string): Promise<string> => (await use(bash, { command })).content;

  test("an edit whose old text is missing", async () => {
    const told = await failure(edit, { path: "src/a.ts", old: "export  const b = 2;", new: "x" });
    expect(told).toMatchObject({ error: "old_not_found", near: ["2\texport const b = 2;"] });
  });

  test("an edit whose old text is ambiguous", async () => {
    expect(await failure(edit, { path: "twice.txt", old: "same", new: "x" })).toMatchObject({
      error: "old_not_unique",
      count: 2,
      lines: [1, 3],
    });
    expect(await said("cat twice.txt")).toBe("same\nother\nsame");
  });

  test("a binary file that is read, edited or patched", async () => {
    expect((await failure(read, { path: "logo.png" }))["error"]).toBe("binary_file");
    await use(bash, { command: String.raw`printf 'a\377b\n' > latin.txt` });
    expect((await failure(edit, { path: "latin.txt", old: "a", new: "b" }))["error"]).toBe("binary_file");
    const told = await failure(applyPatch, { patch: "--- a/latin.txt\n+++ b/latin.txt\n@@\n-a\n+b\n" });
    expect(told).toMatchObject({ error: "patch_not_applied", problems: [{ error: "binary_file" }] });
  });

  test("a file of 100 MB that is read, and one that is edited", async () => {
    await use(bash, { command: "head -c 104857600 /dev/zero | tr '\\0' x > big.txt" });
    const before = process.memoryUsage().rss;
    expect(await failure(read, { path: "big.txt" })).toMatchObject({ error: "too_large", size: 104_857_600 });
    expect((await failure(edit, { path: "big.txt", old: "x", new: "y" }))["error"]).toBe("too_large");
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1_048_576);
    await use(bash, { command: "rm big.txt" });
  });

  test("a tool that prints 100 MB", async () => {
    const before = process.memoryUsage().rss;
    const { content, isError } = await use(bash, { command: "head -c 104857600 /dev/zero | tr '\\0' x; echo done" });
    expect(isError).toBe(true);
    expect(errorOf(content.split("\n")[0] ?? "")["error"]).toBe("output_limit");
    expect(Buffer.byteLength(content)).toBeLessThan(11_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1_048_576);
  });

  test("a line of a megabyte that is found or read", async () => {
    await use(bash, { command: "head -c 1000000 /dev/zero | tr '\\0' x > line.txt" });
    expect((await use(grep, { pattern: "xx", path: "line.txt" })).content.length).toBeLessThan(1_000);
    expect((await use(read, { path: "line.txt" })).content).toContain("[… 998000 more]");
    await use(bash, { command: "rm line.txt" });
  });

  test.each([
    ["cat"],
    ['read line && echo "got $line"'],
    ["python3 -c 'print(input())'"],
    ["rm -i twice.txt; test -e twice.txt"],
  ])("a command that waits for input gets none and ends: %s", async (command) => {
    const start = performance.now();
    const { content } = await use(bash, { command, timeout: 20 });
    expect(performance.now() - start).toBeLessThan(15_000);
    expect(content).not.toContain('"error":"timeout"');
  });

  test("a patch that does not apply says which hunk, the lines, the nearest place, and writes nothing", async () => {
    const good = "--- a/twice.txt\n+++ b/twice.txt\n@@ -2 +2 @@\n-other\n+changed\n";
    const bad =
      "--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,2 +1,2 @@\n export const a = 1;\n-export const c = 2;\n+export const c = 3;\n";
    expect(await failure(applyPatch, { patch: good + bad })).toMatchObject({
      error: "patch_not_applied",
      problems: [
        {
          path: "src/a.ts",
          hunk: 1,
          nearest: { line: 1, agreeing: "1 of 2 lines" },
          differing: [{ line: 2, expected: "export const c = 2;", found: "export const b = 2;" }],
        },
      ],
    });
    expect(await said("cat twice.txt")).toBe("same\nother\nsame");
  });

  const HOSTILE = [
    "../../etc/passwd",
    "/etc/passwd",
    "/proc/self/environ",
    "a/../../x",
    "/workspace/../etc/passwd",
    "x\0y",
    ".git/config",
    "",
  ];

  test.each(HOSTILE)("the hostile path %j is neither read, written, edited nor patched", async (path) => {
    const patch = `--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+x\n`;
    const calls: readonly (readonly [Tool, ToolCall["input"]])[] = [
      [write, { path, content: "x" }],
      [edit, { path, old: "root", new: "toor" }],
      [applyPatch, { patch }],
      ...(path === "" ? [] : [[read, { path }] as const, [grep, { pattern: "root", path }] as const]),
    ];
    for (const [tool, input] of calls) {
      const { isError, content } = await use(tool, input);
      expect([tool.name, isError, content.includes("root:")]).toEqual([tool.name, true, false]);
    }
  });

  test("a link out of the workspace gives nothing of the worker's: it leads inside the sandbox only", async () => {
    await use(bash, { command: "ln -s /etc/hostname out; ln -s / root" });
    const { content } = await use(read, { path: "root/proc/1/environ" });
    expect(content).not.toContain("ANTHROPIC");
    const { files, refused } = await open.collect(signal);
    expect(files.map((file) => file.path)).not.toContain("out");
    expect(refused.map((entry) => entry.path).toSorted()).toEqual(["out", "root"]);
    await use(bash, { command: "rm out root" });
  });

  test("after all of it the sandbox works", async () => {
    expect(await said("echo fine && cat src/a.ts | wc -l")).toBe("fine\n2");
  });
});
