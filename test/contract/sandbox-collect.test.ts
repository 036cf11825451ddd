import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Collected, OpenWorkspace, WorkspaceSpec } from "../../src/ports/sandbox.ts";
import type { BaseTree } from "../../src/ports/trees.ts";
import { digestOf } from "../../src/core/digest.ts";
import { sandboxBench, script, textOf } from "../support/docker.ts";
import type { SandboxBench } from "../support/docker.ts";

const never = new AbortController().signal;

/** A collection in words, in the order of paths. */
const told = ({ files, deleted, refused }: Collected) => ({
  files: files
    .map(({ status, path, mode, bytes }) => `${status} ${path} ${mode} ${Buffer.from(bytes).toString()}`)
    .toSorted(),
  deleted: [...deleted].toSorted(),
  refused: refused.map(({ path, reason }) => `${path} ${reason}`).toSorted(),
});

const checkpointOf = ({ files, deleted }: Collected): WorkspaceSpec["changes"] => [
  ...files.map(({ bytes, ...file }) => ({ change: { ...file, artifact: digestOf(bytes) }, bytes })),
  ...deleted.map((path) => ({ change: { status: "deleted" as const, path }, bytes: null })),
];

describe.each(["overlay", "archive"] as const)("the changes of a sandbox (%s)", (strategy) => {
  let bench: SandboxBench;
  let base: BaseTree;
  const opened: OpenWorkspace[] = [];

  beforeAll(async () => {
    bench = await sandboxBench({ strategy });
    base = await bench.tree({
      ".gitignore": "build/\n",
      "edit.txt": "old\n",
      "gone.txt": "gone\n",
      "move.txt": "moved\n",
      "run.sh": "#!/bin/sh\n",
      link: { link: "edit.txt" },
      "dir/one": "1\n",
      "dir/two": "2\n",
      "other/deep/file": "deep\n",
    });
  });
  afterAll(() => bench.clean());

  const open = async (changes: Partial<WorkspaceSpec> = {}): Promise<OpenWorkspace> => {
    const workspace = await bench.sandbox.open(bench.spec(base, changes), never);
    opened.push(workspace);
    return workspace;
  };
  const after = async (commands: string, changes: Partial<WorkspaceSpec> = {}) => {
    const workspace = await open(changes);
    const result = await workspace.workspace.run(script(`set -e\n${commands}`), never);
    expect(textOf(result.stdout)).toBe("");
    const collected = await workspace.collect(never);
    await workspace.close();
    return collected;
  };

  test("are none in a workspace nobody touched, or touched without a change", async () => {
    expect(told(await after("true"))).toEqual({ files: [], deleted: [], refused: [] });
    const untouched = "touch edit.txt; echo x > edit.txt; echo old > edit.txt; mkdir empty";
    expect(told(await after(untouched))).toEqual({ files: [], deleted: [], refused: [] });
  });

  test("are files added, edited, deleted, renamed and made executable, with their bytes", async () => {
    const collected = await after(
      "echo new > added.txt; echo new > edit.txt; rm gone.txt; mv move.txt moved.txt; chmod +x run.sh; echo n > dir/new",
    );
    expect(told(collected)).toEqual({
      files: [
        "added added.txt 100644 new\n",
        "added dir/new 100644 n\n",
        "added moved.txt 100644 moved\n",
        "modified edit.txt 100644 new\n",
        "modified run.sh 100755 #!/bin/sh\n",
      ],
      deleted: ["gone.txt", "move.txt"],
      refused: [],
    });
  });

  test("leave out a repository of the model's own, and what the base tree ignores", async () => {
    const collected = await after("git init -q .; mkdir -p build; echo x > build/out; echo y > kept");
    expect(told(collected)).toEqual({ files: ["added kept 100644 y\n"], deleted: [], refused: [] });
    expect(collected.ignored).toBeGreaterThan(0);
  });

  test("leave out what the settings ignore", async () => {
    const collected = await after("echo x > a.log; echo y > b.txt", { ignored: ["*.log"] });
    expect(told(collected).files).toEqual(["added b.txt 100644 y\n"]);
  });

  test("refuse links and special files", async () => {
    const collected = await after(
      "ln -s /etc/passwd steal; mkfifo pipe; python3 -c \"import socket as s; s.socket(s.AF_UNIX).bind('sock')\"",
    );
    const { files, refused } = told(collected);
    expect(files).toEqual([]);
    expect(refused).toContain("steal symlink");
    expect(refused).toContain("pipe special_file");
  });

  test("are right for a directory that was deleted and made again, deleted for a file, and moved", async () => {
    const again = await after("rm -rf dir; mkdir dir; echo 1 > dir/three");
    expect(told(again)).toEqual({
      files: ["added dir/three 100644 1\n"],
      deleted: ["dir/one", "dir/two"],
      refused: [],
    });
    const file = await after("rm -rf dir; echo file > dir");
    expect(told(file)).toEqual({ files: ["added dir 100644 file\n"], deleted: ["dir/one", "dir/two"], refused: [] });
    const moved = await after("mv other/deep other/shallow");
    expect(told(moved)).toEqual({
      files: ["added other/shallow/file 100644 deep\n"],
      deleted: ["other/deep/file"],
      refused: [],
    });
  });

  test("give the same bytes when they are the checkpoint of the next sandbox", async () => {
    const changes = [
      "rm -rf dir link gone.txt edit.txt other; echo file > dir; mkdir edit.txt; echo in > edit.txt/inside",
      "mkdir link; echo in > link/inside; echo '#!x' > tool; chmod +x tool; mkdir -p other/deep; echo d > other/deep/new",
    ];
    const first = await after(changes.join(";"));
    expect(told(first).files).toHaveLength(5);
    const second = await after("true", { changes: checkpointOf(first) });
    expect(told(second)).toEqual(told(first));
    const seen = await open({ changes: checkpointOf(first), writable: false });
    const result = await seen.workspace.run(script("cat dir edit.txt/inside link/inside other/deep/new; ls"), never);
    expect(textOf(result.stdout)).toBe("file\nin\nin\nd\ndir\nedit.txt\nlink\nmove.txt\nother\nrun.sh\ntool\n");
    await seen.close();
  });

  test("cannot be made where the workspace is read-only", async () => {
    const opened = await open({ writable: false });
    const { workspace } = opened;
    const attempts = [
      "echo x > new",
      "echo x >> edit.txt",
      "rm gone.txt",
      "chmod +x edit.txt",
      "mkdir d",
      "touch dir/x",
    ];
    for (const attempt of attempts) expect((await workspace.run(script(attempt), never)).exitCode).not.toBe(0);
    expect(await workspace.writeFile("edit.txt", Buffer.from("x"), never)).toMatchObject({ kind: "failed" });
    expect((await workspace.run(script("cat link; touch /tmp/scratch"), never)).exitCode).toBe(0);
    expect(told(await opened.collect(never))).toEqual({ files: [], deleted: [], refused: [] });
    await opened.close();
  });

  test("never reach the base tree", async () => {
    await after("echo changed > edit.txt; rm gone.txt; rm -rf dir");
    const fresh = await open();
    const result = await fresh.workspace.run(script("cat edit.txt gone.txt dir/*"), never);
    expect(textOf(result.stdout)).toBe("old\ngone\n1\n2\n");
    await fresh.close();
  });
});

test("S70 a sandbox that fills its disk is told so, and leaves the host's disk alone", async () => {
  const bench = await sandboxBench({ strategy: "overlay" });
  try {
    const opened = await bench.sandbox.open(bench.spec(await bench.tree({ a: "a" })), never);
    const full = script("for n in 1 2 3 4 5 6 7 8 9; do fallocate -l 1000M big$n || exit 9; done");
    const result = await opened.workspace.run(full, never);
    expect(result.exitCode).toBe(9);
    expect(textOf(result.stdout)).toContain("No space left on device");
  } finally {
    await bench.clean();
  }
});
