import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Subject } from "../../src/core/subject.ts";
import type { Mirror } from "../../src/git/trees.ts";
import { createMirror } from "../../src/git/trees.ts";
import type { BaseTree } from "../../src/ports/trees.ts";
import type { SandboxBench } from "../support/docker.ts";
import { sandboxBench, script } from "../support/docker.ts";
import type { GitServer } from "../support/git-http.ts";
import { startGitServer } from "../support/git-http.ts";
import type { Files } from "../support/git-files.ts";
import { commitFiles, manyFiles } from "../support/git-files.ts";
import type { Repository } from "../support/git-repository.ts";
import { makeRepository } from "../support/git-repository.ts";

const TOKEN = "ghs_forTreesInSandboxes";
const root = mkdtempSync(join(tmpdir(), "trees-sandbox-"));
const never = new AbortController().signal;
const subject: Subject = { host: "git.test", installationId: 1, repositoryId: 4, owner: "o", name: "r", issue: 1 };
const text = (content: string) => ({ mode: "100644", content });
const commitNumber = (number: number): Files => new Map([...manyFiles(20), ["number", text(`${number}\n`)]]);
const TOUCHED = "pkg0/src0/file-0.ts";

describe("base trees that share files, below sandboxes", () => {
  let server: GitServer;
  let repository: Repository;
  let bench: SandboxBench;
  let trees: Mirror;
  beforeAll(async () => {
    server = await startGitServer(root, TOKEN);
    repository = makeRepository(root, "r.git");
    bench = await sandboxBench({ strategy: "overlay" });
    trees = createMirror({
      dataDir: bench.dataDir,
      remote: ({ name }) => `${server.url}/${name}.git`,
      credential: async () => TOKEN,
      allowedProtocols: "https,http",
      chownTo: { uid: 10_001, gid: 10_001 },
      keptTrees: 1,
    });
  });
  afterAll(async () => {
    await trees.settled();
    await bench.clean();
    await server.close();
    rmSync(root, { recursive: true, force: true });
  });

  let count = 0;
  const openNext = (): Promise<BaseTree> => trees.open(subject, commitFiles(repository, commitNumber(++count)), never);
  const read = (tree: BaseTree) => readFileSync(join(tree.directory, TOUCHED), "utf8");
  /** As if nobody had opened it for two days. */
  const age = (tree: BaseTree) => {
    const longAgo = new Date(Date.now() - 48 * 3_600_000);
    utimesSync(dirname(tree.directory), longAgo, longAgo);
  };

  test("S86 what a sandbox writes, in place or by mode, reaches no tree, and what it leaves is its own change only", async () => {
    const [older, newer] = [await openNext(), await openNext()];
    const before = read(newer);
    const open = await bench.sandbox.open(bench.spec(newer), never);
    const edits = `printf over >> ${TOUCHED} && chmod 600 number && rm pkg1/src1/file-1.ts && ln -f pkg2/src2/file-2.ts hard && printf x >> hard`;
    expect(await open.workspace.run(script(edits), never)).toMatchObject({ exitCode: 0 });
    const collected = await open.collect(never);
    await open.close();
    expect(collected.deleted).toEqual(["pkg1/src1/file-1.ts"]);
    // Of the two names of one file the collector takes one and refuses the other.
    const found = [...collected.files, ...collected.refused].map((file) => file.path);
    expect(found.sort()).toEqual(["hard", TOUCHED, "pkg2/src2/file-2.ts"].sort());
    expect(collected.refused).toHaveLength(1);
    for (const tree of [older, newer]) {
      expect(read(tree)).toBe(before);
      expect(readFileSync(join(tree.directory, "pkg2/src2/file-2.ts"), "utf8")).toBe("export const n = 2;\n");
      expect(existsSync(join(tree.directory, "pkg1/src1/file-1.ts"))).toBe(true);
    }
  });

  test("a tree below a running sandbox stays, however old; when the sandbox is closed it goes", async () => {
    const inUse = await openNext();
    const open = await bench.sandbox.open(bench.spec(inUse), never);
    age(inUse);
    await openNext();
    await trees.settled();
    const seen = await open.workspace.run(script("cat pkg*/src*/* | wc -l"), never);
    expect(seen).toMatchObject({ exitCode: 0 });
    expect(existsSync(inUse.directory)).toBe(true);
    await open.close();
    await openNext();
    await trees.settled();
    expect(existsSync(inUse.directory)).toBe(false);
  });

  test("a tree that was pruned is written again without the server", async () => {
    const first = await openNext();
    age(first);
    await openNext();
    await trees.settled();
    expect(existsSync(first.directory)).toBe(false);
    const asked = server.seen.length;
    expect(await trees.open(subject, first.sha, never)).toEqual(first);
    expect(read(first)).toBe("export const n = 0;\n");
    expect(server.seen).toHaveLength(asked);
  });
});
