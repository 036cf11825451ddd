import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ToolCall } from "../../src/core/messages.ts";
import type { OpenWorkspace } from "../../src/ports/sandbox.ts";
import { bash } from "../../src/tools/bash.ts";
import { edit } from "../../src/tools/edit.ts";
import { glob } from "../../src/tools/glob.ts";
import { grep } from "../../src/tools/grep.ts";
import { read } from "../../src/tools/read.ts";
import type { Tool } from "../../src/tools/tool.ts";
import { write } from "../../src/tools/write.ts";
import { sandboxBench, type SandboxBench } from "../support/docker.ts";
import { useTool } from "../support/tool-bench.ts";

/* The tools over the real sandbox: what they rely on there (ripgrep, bash, a scratch directory) is part of their contract. */

const FILES = {
  "src/sum.js": "export const sum = (a, b) => a + b + 1;\n",
  "src/deep/er/sum.test.js": "sum(2, 2);\nsum(1, 1);\n",
  "README.md": "Adds: sum\n",
  ".hidden/config.yml": "sum: yes\n",
  ".gitignore": "ignored/\n*.log\n",
  "ignored/sum.js": "sum\n",
  "run.sh": { executable: "#!/bin/sh\necho hi\n" },
};

const signal = new AbortController().signal;

describe.each([
  ["a writable workspace", true],
  ["a workspace that is only read", false],
])("%s", (_, writable) => {
  let bench: SandboxBench;
  let open: OpenWorkspace;
  beforeAll(async () => {
    bench = await sandboxBench();
    open = await bench.sandbox.open(bench.spec(await bench.tree(FILES), { writable }), signal);
  });
  afterAll(async () => {
    await open.close();
    await bench.clean();
  });

  const use = (tool: Tool, input: ToolCall["input"], id = "contract") =>
    useTool(tool, input, { on: open.workspace, id, commandMs: 60_000 });

  const said = async (tool: Tool, input: ToolCall["input"]): Promise<string> => (await use(tool, input)).content;

  test("grep finds by expression, with the line, in the order of the paths; ignored files and git's own are left out", async () => {
    const lines = (await said(grep, { pattern: String.raw`\bsum\b` })).split("\n");
    expect(lines).toEqual([
      ".hidden/config.yml:1:sum: yes",
      "README.md:1:Adds: sum",
      "src/deep/er/sum.test.js:1:sum(2, 2);",
      "src/deep/er/sum.test.js:2:sum(1, 1);",
      "src/sum.js:1:export const sum = (a, b) => a + b + 1;",
    ]);
  });

  test("grep keeps to a path, a glob, a case and a context", async () => {
    expect(await said(grep, { pattern: "SUM", path: "src", glob: "*.test.js", ignore_case: true })).toBe(
      "src/deep/er/sum.test.js:1:sum(2, 2);\nsrc/deep/er/sum.test.js:2:sum(1, 1);",
    );
    expect(await said(grep, { pattern: "2, 2", context: 1 })).toBe(
      "src/deep/er/sum.test.js:1:sum(2, 2);\nsrc/deep/er/sum.test.js-2-sum(1, 1);",
    );
  });

  test("grep with a glob over folders leaves out what git ignores too, and heeds the path", async () => {
    expect(await said(grep, { pattern: "sum", glob: "*/sum.js" })).toBe(
      "src/sum.js:1:export const sum = (a, b) => a + b + 1;",
    );
    expect(await said(grep, { pattern: "sum", glob: "**/er/*.js", path: "src" })).toBe(
      "src/deep/er/sum.test.js:1:sum(2, 2);\nsrc/deep/er/sum.test.js:2:sum(1, 1);",
    );
    expect(await said(grep, { pattern: "sum", glob: "src/**/*.js", path: "src/sum.js" })).toContain("src/sum.js:1:");
    expect(await said(grep, { pattern: "sum", glob: "ignored/*.js" })).toBe("No matches.");
    expect(await said(grep, { pattern: "nowhere to be found", glob: "src/*.js" })).toBe("No matches.");
    expect(await said(grep, { pattern: "sum", glob: "!src/**" })).toBe(
      ".hidden/config.yml:1:sum: yes\nREADME.md:1:Adds: sum",
    );
    expect((await use(grep, { pattern: "sum", glob: "src/[" })).isError).toBe(true);
    expect((await use(grep, { pattern: "(", glob: "src/*.js" })).isError).toBe(true);
  });

  test("nothing found is no failure; a broken expression or a missing path is one, with the cause", async () => {
    expect(await use(grep, { pattern: "nowhere to be found" })).toMatchObject({
      content: "No matches.",
      isError: false,
    });
    const broken = await use(grep, { pattern: "sum(" });
    expect([broken.isError, broken.content]).toEqual([true, expect.stringContaining("unclosed group")]);
    expect((await use(grep, { pattern: "x", path: "nowhere" })).isError).toBe(true);
  });

  test("a pattern is never an option", async () => {
    expect(await said(grep, { pattern: "--files" })).toBe("No matches.");
    expect((await use(grep, { pattern: "x", path: "--help" })).isError).toBe(true);
    expect(await said(glob, { pattern: "--help" })).toBe("No files.");
  });

  test("glob lists by pattern at any depth, hidden files too, ignored ones not", async () => {
    expect(await said(glob, { pattern: "src/**/*.js" })).toBe("src/deep/er/sum.test.js\nsrc/sum.js");
    expect(await said(glob, { pattern: "*.{yml,md}" })).toBe(".hidden/config.yml\nREADME.md");
    for (const pattern of ["*", "**", "**/*", "./**/*.js"]) {
      expect(await said(glob, { pattern })).toContain("src/sum.js");
      expect(await said(glob, { pattern })).not.toMatch(/ignored\/|\.git\//);
    }
    for (const pattern of ["*", "**/*", "*.js"]) {
      expect(await said(grep, { pattern: "sum", glob: pattern })).not.toMatch(/^ignored/m);
    }
    expect(await said(grep, { pattern: "sum", glob: "src/deep/**/*.js" })).toMatch(/^src\/deep\/er\/sum\.test\.js:1/);
    expect(await said(glob, { pattern: "*.rb" })).toBe("No files.");
    expect((await use(glob, { pattern: "[" })).isError).toBe(true);
  });

  test("read gives numbered lines, and says what a directory or a missing file is", async () => {
    expect(await said(read, { path: "src/deep/er/sum.test.js" })).toBe("1\tsum(2, 2);\n2\tsum(1, 1);");
    expect(await said(read, { path: "/workspace/README.md" })).toBe("1\tAdds: sum");
    expect(await said(read, { path: "src" })).toContain("not_a_file");
    expect(await said(read, { path: "nowhere" })).toContain("not_found");
  });

  test("a long result is kept outside the workspace and read on from there", async () => {
    const { content } = await use(bash, { command: "seq 1 20000" }, "toolu_long");
    expect(content).toContain("/tmp/journeyman/toolu_long.txt");
    const path = "/tmp/journeyman/toolu_long.txt";
    expect(await said(read, { path, offset: 12_345, limit: 1 })).toContain("12345\t12345");
    const { files } = await open.collect(signal);
    expect(files.filter((file) => file.path.includes("toolu_long"))).toEqual([]);
  });

  test("bash has no network, merges its output and names its exit code", async () => {
    const result = await use(bash, { command: "echo out; echo err >&2; curl -sS -m 3 http://1.1.1.1; exit 7" });
    expect(result.isError).toBe(true);
    expect(result.content).toMatch(/^out\nerr\ncurl: .*\nExit code 7\.$/s);
  });

  test("a command past its time is stopped and leaves nothing running", async () => {
    expect(await said(bash, { command: "sleep 4242 & sleep 4243", timeout: 1 })).toContain('"error":"timeout"');
    expect((await said(bash, { command: "pgrep -fc '^sleep 424'; true" })).trim()).toBe("0");
  });

  test("what a command leaves in the background does not outlive its call", async () => {
    await use(bash, { command: "sleep 4244 >/dev/null 2>&1 & disown" });
    expect((await said(bash, { command: "pgrep -fc '^sleep 4244'; true" })).trim()).toBe("0");
  });

  if (writable) {
    test("write and edit change files, and a file keeps its mode", async () => {
      await use(write, { path: "new/file.txt", content: "one\n" });
      await use(edit, { path: "new/file.txt", old: "one", new: "two" });
      await use(edit, { path: "run.sh", old: "echo hi", new: "echo there" });
      expect(await said(bash, { command: "cat new/file.txt && ./run.sh" })).toBe("two\nthere");
    });
  } else {
    test("write is a failure that says so", async () => {
      const result = await use(write, { path: "new.txt", content: "x" });
      expect([result.isError, result.content]).toEqual([true, expect.stringContaining("not_written")]);
    });
  }
});
