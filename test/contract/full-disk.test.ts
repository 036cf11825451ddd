import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { openArtifacts } from "../../src/journal/artifacts.ts";
import { openJournal } from "../../src/journal/journal.ts";
import type { Sandbox } from "../../src/ports/sandbox.ts";
import { createDockerSandbox } from "../../src/sandbox/docker.ts";
import { makeBaseTree, REGISTRIES, SANDBOX_IMAGE, sandboxBench, script } from "../support/docker.ts";
import { add, claimed, found, subject } from "./journal/kit.ts";

/* What is kept under DATA_DIR when its disk takes no more: a file system of a few megabytes, filled up. */

const run = promisify(execFile);
const never = new AbortController().signal;
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

interface Disk {
  readonly directory: string;
  fill(): Promise<void>;
  empty(): Promise<void>;
}

async function smallDisk(mib: number): Promise<Disk> {
  const directory = await mkdtemp(join(tmpdir(), "small-disk-"));
  await run("mount", ["-t", "tmpfs", "-o", `size=${mib}m`, "tmpfs", directory]);
  ends.push(async () => {
    await run("umount", ["--lazy", directory]);
    await rm(directory, { recursive: true, force: true });
  });
  const filling = join(directory, "filling");
  return {
    directory,
    fill: () => writeFile(filling, new Uint8Array(mib * 1024 ** 2)).catch(() => {}),
    empty: () => rm(filling, { force: true }),
  };
}

const FULL = { code: "storage_unavailable", class: "wait" };

test("DF a fact that does not fit is not written, nothing of it, and the next one is when there is room", async () => {
  const disk = await smallDisk(4);
  const journal = await openJournal({ file: join(disk.directory, "journal.sqlite") });
  ends.push(() => journal.close());
  const id = await found(journal);
  const claim = await claimed(journal, id);
  await disk.fill();
  let facts = await journal.head(id);
  const writing = async (): Promise<void> => {
    for (;;) {
      await add(journal, claim, facts);
      facts += 1;
    }
  };
  await expect(writing()).rejects.toMatchObject(FULL);
  expect(await journal.load(id), "what was confirmed can still be read").toHaveLength(facts);
  await expect(found(journal, subject(8))).rejects.toMatchObject(FULL);
  await disk.empty();
  expect(await add(journal, claim, facts)).toMatchObject({ kind: "appended" });
  expect(await journal.load(id)).toHaveLength(facts + 1);
});

test("DF an artifact is whole or not there", async () => {
  const disk = await smallDisk(4);
  const artifacts = openArtifacts(join(disk.directory, "artifacts"));
  const bytes = new Uint8Array(100_000).fill(7);
  await disk.fill();
  await expect(artifacts.put(bytes)).rejects.toMatchObject(FULL);
  const files = await readdir(disk.directory, { recursive: true, withFileTypes: true });
  expect(files.filter((file) => file.isFile()).map(({ name }) => name)).toEqual(["filling"]);
  await disk.empty();
  expect(new Uint8Array(await artifacts.get(await artifacts.put(bytes)))).toEqual(bytes);
});

async function onSmallDisk() {
  const disk = await smallDisk(160);
  const bench = await sandboxBench();
  const { directory: dataDir } = disk;
  const options = { image: SANDBOX_IMAGE, instance: bench.instance, registries: REGISTRIES, dataDir };
  const sandbox: Sandbox & { close(): Promise<void> } = createDockerSandbox({ ...options, strategy: "overlay" });
  ends.push(async () => {
    await sandbox.close();
    await sandbox.sweep(() => false);
    await bench.clean();
  });
  const base = await makeBaseTree(join(dataDir, "tree"), { "a.txt": "a\n" });
  return { disk, sandbox, spec: () => bench.spec(base) };
}

test("DF what a command does on a full disk of the host is no result of it, and the space is given back", async () => {
  const { disk, sandbox, spec } = await onSmallDisk();
  const opened = await sandbox.open(spec(), never);
  expect(await opened.workspace.run(script("head -c 20M /dev/zero > some"), never)).toMatchObject({ exitCode: 0 });
  const filling = opened.workspace.run(script("head -c 400M /dev/zero > much; sync; exit 1"), never);
  await expect(filling).rejects.toMatchObject(FULL);
  await expect(opened.collect(never)).rejects.toMatchObject(FULL);
  await opened.close();
  expect(await readdir(join(disk.directory, "sandboxes"))).toEqual([]);
  const again = await sandbox.open(spec(), never);
  await again.close();
});

test("DF on a full disk no sandbox is opened and no installation has failed, until there is room", async () => {
  const { disk, sandbox, spec } = await onSmallDisk();
  const installation = { ...spec(), timeoutMs: 60_000 };
  const installing = sandbox.install({ ...installation, command: "head -c 400M /dev/zero > much" }, never);
  await expect(installing).rejects.toMatchObject(FULL);
  await disk.fill();
  await expect(sandbox.open(spec(), never)).rejects.toMatchObject(FULL);
  expect(await readdir(join(disk.directory, "sandboxes"))).toEqual([]);
  await disk.empty();
  const opened = await sandbox.open(spec(), never);
  await opened.close();
});
