import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OpenWorkspace } from "../../src/ports/sandbox.ts";
import { applyPatch } from "../../src/tools/apply-patch.ts";
import { bash } from "../../src/tools/bash.ts";
import { sandboxBench, type SandboxBench } from "../support/docker.ts";
import { errorOf, useTool } from "../support/tool-bench.ts";

/* apply_patch over the real sandbox, held against git's own diffs: what git says changed is what the tool must do. */

const FILES = {
  "src/sum.js": "export const sum = (a, b) => {\n  const start = 1;\n  return start + a + b;\n};\n",
  "src/dos.txt": "one\r\ntwo\r\nthree\r\n",
  "src/unended.txt": "a\nb",
  "old name.txt": "first\nsecond\nthird\nfourth\n",
  "gone.txt": "x\n",
  "run.sh": { executable: "#!/bin/sh\necho hi\n" },
};

const signal = new AbortController().signal;

/** Changes the files, keeps git's diff of them, and puts them back. */
const DIFF = `set -e
git init -q . && git add -A && git commit -q -m base
sed -i 's/const start = 1/const start = 0/' src/sum.js
sed -i 's/two/zwei/' src/dos.txt
printf 'a\\nB' > src/unended.txt
git mv 'old name.txt' 'new/näme.txt' 2>/dev/null || { mkdir -p new && git mv 'old name.txt' 'new/näme.txt'; }
sed -i 's/third/3rd/' 'new/näme.txt'
git rm -q gone.txt
mkdir -p deep/er && printf 'fresh\\n' > deep/er/file.txt
sed -i 's/echo hi/echo there/' run.sh
git add -A && git write-tree > /tmp/wanted-tree && git diff --cached -M > /tmp/wanted.diff
git reset -q --hard HEAD && git clean -fdq
cat /tmp/wanted.diff`;

describe("apply_patch in the sandbox", () => {
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

  const said = async (command: string): Promise<string> =>
    (await useTool(bash, { command }, { on: open.workspace, id: "patch", commandMs: 60_000 })).content;
  const patch = (text: string) => useTool(applyPatch, { patch: text }, { on: open.workspace, id: "patch" });

  test("git's diff of changes, a rename, a deletion, a new file, CRLF and a missing last line end gives git's very tree", async () => {
    const diff = await rawOf(open, DIFF);
    expect(diff).toContain("rename to");
    const { content, isError } = await patch(diff);
    expect([isError, content]).toEqual([false, expect.stringContaining("Applied.")]);
    expect(await said("git add -A && git write-tree && cat /tmp/wanted-tree")).toMatch(/^([0-9a-f]{40})\n\1$/);
    expect(await said("./run.sh")).toBe("there");
  });

  test("given again it does not fit, and nothing changes", async () => {
    const before = await said("git write-tree");
    const { content } = await patch(await rawOf(open, "cat /tmp/wanted.diff"));
    expect(errorOf(content)["error"]).toBe("patch_not_applied");
    expect(await said("git add -A && git write-tree")).toBe(before);
  });

  test("in a workspace that is only read it is a failure that says so, and nothing is half written", async () => {
    const readOnly = await bench.sandbox.open(bench.spec(await bench.tree(FILES), { writable: false }), signal);
    try {
      const text = "--- a/gone.txt\n+++ b/gone.txt\n@@\n-x\n+y\n";
      const { content } = await useTool(applyPatch, { patch: text }, { on: readOnly.workspace });
      expect(errorOf(content)).toMatchObject({ error: "not_written", path: "gone.txt" });
    } finally {
      await readOnly.close();
    }
  });
});

/** Output with its line ends as they are; the tool itself shows them as `\n`. */
async function rawOf({ workspace }: OpenWorkspace, command: string): Promise<string> {
  const result = await workspace.run({ argv: ["bash", "-c", command], timeoutMs: 60_000 }, signal);
  expect(result.exitCode).toBe(0);
  return Buffer.from(result.stdout.head).toString();
}
