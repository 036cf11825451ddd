import { ok } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sha } from "../../src/core/ids.ts";
import { createMirror, type Mirror } from "../../src/git/trees.ts";
import type { OpenWorkspace } from "../../src/ports/sandbox.ts";
import type { BaseTree } from "../../src/ports/trees.ts";
import { sandboxBench, type SandboxBench } from "../../test/support/docker.ts";
import { SUBJECT } from "../../test/support/facts.ts";
import { startProgram } from "../child.ts";
import type { Report } from "../figure.ts";
import { byTurns, timed, type Values } from "../measure.ts";
import { startBareContainer } from "./bare-container.ts";
import { EDITED, git, makeBenchRepository, type BenchRepository } from "./repositories.ts";

/* Workspaces and checkpoints for repositories of three sizes, against git and Docker used plainly. */

const SERVER = new URL("git-server.ts", import.meta.url);
const TOKEN = "a-token-of-the-bench";
const SIZES = [200, 5_000, 25_000] as const;
const COMMANDS = 30;
const { signal } = new AbortController();
const TRUE = { argv: ["true"], timeoutMs: 20_000 };

interface Scene {
  readonly repository: BenchRepository;
  /** Address with the token in it, as a clone takes it. */
  readonly cloneUrl: string;
  readonly bench: SandboxBench;
  readonly trees: Mirror;
  readonly freshTrees: (directory: string) => Mirror;
  readonly scratch: string;
}

const label = (files: number): string => `${files.toLocaleString("en")} files`;

async function openReady(scene: Scene, base: BaseTree): Promise<OpenWorkspace> {
  const open = await scene.bench.sandbox.open(scene.bench.spec(base), signal);
  ok((await open.workspace.run(TRUE, signal)).exitCode === 0);
  return open;
}

/** Time until the first command was answered; closing is not counted. */
async function readyIn(scene: Scene, find: () => Promise<BaseTree>): Promise<number> {
  const start = performance.now();
  const open = await openReady(scene, await find());
  const ready = performance.now() - start;
  await open.close();
  return ready;
}

const cloneTo = (scene: Scene, directory: string) =>
  git(scene.scratch, "clone", "--quiet", "--depth", "1", scene.cloneUrl, directory);

async function cloneIn(scene: Scene): Promise<number> {
  const directory = await mkdtemp(join(scene.scratch, "clone-"));
  const took = await timed(() => cloneTo(scene, directory));
  await rm(directory, { recursive: true });
  return took;
}

/** Fetched for the first time, and fetched again after one commit. */
async function reportFetches(report: Report, scene: Scene): Promise<void> {
  const { repository, trees, freshTrees } = scene;
  const { files } = repository;
  const rounds = files > 10_000 ? 2 : 4;
  let sha: Sha = await repository.tip();
  await trees.open(SUBJECT, sha, signal);
  await trees.settled();
  /** What goes on behind a run that has its workspace already, until all is ready for the next move. */
  const afterwards: number[] = [];
  const sides = {
    first: async () => {
      const dataDir = await mkdtemp(join(scene.scratch, "first-"));
      sha = await repository.tip();
      const fresh = freshTrees(dataDir);
      const took = await readyIn(scene, () => fresh.open(SUBJECT, sha, signal));
      await fresh.settled();
      await rm(dataDir, { recursive: true });
      return took;
    },
    moved: async () => {
      sha = await repository.move();
      const took = await readyIn(scene, () => trees.open(SUBJECT, sha, signal));
      afterwards.push(await timed(() => trees.settled()));
      return took;
    },
    clone: () => cloneIn(scene),
  };
  const times = await byTurns(rounds, sides, true);
  const peer = { name: "git clone --depth 1", values: times.clone };
  const name = `workspace and sandbox ready, ${label(files)}`;
  report({ name: `${name}, never seen before`, unit: "ms", ours: times.first, peer });
  const goal = files > 10_000 ? { atMostRatio: 0.25 } : { atMostRatio: 0.6 };
  report({
    name: `${name}, base moved by a commit`,
    unit: "ms",
    ours: times.moved,
    peer,
    ...(files >= 5_000 && { goal }),
  });
  report({ name: `${name}, base moved: work left to the background`, unit: "ms", ours: afterwards });
}

/** What the workspace adds to a sandbox with hardly any files when its base tree is here. */
async function reportPresent(report: Report, scene: Scene): Promise<void> {
  const sha = await scene.repository.tip();
  await scene.trees.open(SUBJECT, sha, signal);
  const small = await scene.bench.tree({ "README.md": "# small\n" });
  const times = await byTurns(5, {
    present: () => readyIn(scene, () => scene.trees.open(SUBJECT, sha, signal)),
    small: () => readyIn(scene, async () => small),
    look: () => timed(() => scene.trees.open(SUBJECT, sha, signal)),
  });
  const name = `workspace ready, ${label(scene.repository.files)}, base tree here`;
  const peer = { name: "sandbox with one file", values: times.small };
  report({ name, unit: "ms", ours: times.present, peer });
  const added: Values = times.present.map((ms, round) => ms - (times.small[round] ?? Number.NaN));
  report({ name: `${name}: on top of the sandbox`, unit: "ms", ours: added, goal: { atMost: 25 } });
  report({ name: `${name}: finding the tree alone`, unit: "ms", ours: times.look });
}

/** After an edit of one file: all that differs, hashed and read, against git in a clone with a warm index. */
async function reportCheckpoint(report: Report, scene: Scene): Promise<void> {
  const { files } = scene.repository;
  const base = await scene.trees.open(SUBJECT, await scene.repository.tip(), signal);
  const clone = join(scene.scratch, "checkpoint");
  await cloneTo(scene, clone);
  await git(clone, "status", "--porcelain");
  const open = await openReady(scene, base);
  try {
    const edited = (round: number) => `export const edited = ${round};\n`;
    const times = await byTurns(7, {
      ours: async (round) => {
        await open.workspace.writeFile(EDITED, Buffer.from(edited(round)), signal);
        const start = performance.now();
        const collected = await open.collect(signal);
        ok(collected.files.length === 1);
        return performance.now() - start;
      },
      git: async (round) => {
        await writeFile(join(clone, EDITED), edited(round));
        return timed(async () => {
          await git(clone, "add", "-A");
          await git(clone, "write-tree");
        });
      },
    });
    const goal = files > 10_000 ? { atMost: 15, atMostRatio: 0.1 } : { atMost: 15 };
    const peer = { name: "git add -A && git write-tree", values: times.git };
    report({ name: `checkpoint after one edit, ${label(files)}`, unit: "ms", ours: times.ours, peer, goal });
  } finally {
    await open.close();
    await rm(clone, { recursive: true });
  }
}

/** A workspace, thirty commands, the difference, all put away again. */
async function reportWhole(report: Report, scene: Scene): Promise<void> {
  const sha = await scene.repository.tip();
  const times = await byTurns(3, {
    ours: () =>
      timed(async () => {
        const open = await openReady(scene, await scene.trees.open(SUBJECT, sha, signal));
        await open.workspace.writeFile(EDITED, Buffer.from("export const edited = 1;\n"), signal);
        for (let n = 0; n < COMMANDS; n++) await open.workspace.run(TRUE, signal);
        await open.collect(signal);
        await open.close();
      }),
    plain: () =>
      timed(async () => {
        const directory = await mkdtemp(join(scene.scratch, "plain-"));
        await cloneTo(scene, directory);
        const container = await startBareContainer(directory);
        await writeFile(join(directory, EDITED), "export const edited = 1;\n");
        for (let n = 0; n < COMMANDS; n++) await container.exec(["true"]);
        await git(directory, "add", "-A");
        await git(directory, "write-tree");
        await container.remove();
        await rm(directory, { recursive: true });
      }),
  });
  const name = `workspace, ${COMMANDS} commands, checkpoint, end, ${label(scene.repository.files)}`;
  const peer = { name: "clone, docker run, docker exec, git", values: times.plain };
  report({ name, unit: "ms", ours: times.ours, peer, goal: { atMostRatio: 0.25 } });
}

async function measureSize(report: Report, files: number): Promise<void> {
  const repository = await makeBenchRepository(files);
  const scratch = await mkdtemp(join(tmpdir(), "bench-places-"));
  const bench = await sandboxBench();
  const server = await startProgram(SERVER, [repository.root, TOKEN]);
  const remote = `${server.said}/${repository.name}`;
  const freshTrees = (dataDir: string): Mirror =>
    createMirror({
      dataDir,
      remote: () => remote,
      credential: async () => TOKEN,
      allowedProtocols: "https,http",
      chownTo: { uid: 10_001, gid: 10_001 },
    });
  const cloneUrl = remote.replace("//", `//x-access-token:${TOKEN}@`);
  const scene = { repository, cloneUrl, bench, trees: freshTrees(join(bench.dataDir, "known")), freshTrees, scratch };
  try {
    await reportFetches(report, scene);
    await reportPresent(report, scene);
    await reportCheckpoint(report, scene);
    if (files === 5_000) await reportWhole(report, scene);
  } finally {
    await server.stop();
    await scene.trees.settled();
    await bench.clean();
    await repository.remove();
    await rm(scratch, { recursive: true, force: true });
  }
}

export async function measureWorkspaces(report: Report): Promise<void> {
  for (const files of SIZES) await measureSize(report, files);
}
