import { createHash, randomBytes } from "node:crypto";
import { chmod, lchown, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { blobSha } from "../../src/core/digest.ts";
import { makeRunId, Sha } from "../../src/core/ids.ts";
import type { CommandResult, Sandbox, WorkspaceSpec } from "../../src/ports/sandbox.ts";
import type { BaseFile, BaseTree } from "../../src/ports/trees.ts";
import { createDockerSandbox } from "../../src/sandbox/docker.ts";
import type { DockerSandboxOptions } from "../../src/sandbox/docker.ts";

/** The image that `script/bootstrap` builds. */
export const SANDBOX_IMAGE = "journeyman-sandbox:dev";
export const REGISTRIES = { npm: "https://registry.npmjs.org", pypi: "https://pypi.org" };
const SANDBOX_UID = 10_001;

/** A file's text, an executable, or a link. */
export type Fixture = string | { readonly executable: string } | { readonly link: string };

/** Writes files into a directory as the worker writes a commit's: owned by the sandbox's user when we may say so. */
export async function makeBaseTree(directory: string, fixtures: Readonly<Record<string, Fixture>>): Promise<BaseTree> {
  const files = new Map<string, BaseFile>();
  const made = new Set([directory]);
  await mkdir(directory, { recursive: true });
  for (const [path, fixture] of Object.entries(fixtures)) {
    const place = join(directory, path);
    for (let folder = dirname(place); folder.startsWith(`${directory}/`); folder = dirname(folder)) made.add(folder);
    await mkdir(dirname(place), { recursive: true });
    made.add(place);
    if (typeof fixture !== "string" && "link" in fixture) {
      await symlink(fixture.link, place);
      files.set(path, { path, mode: "120000", blob: blobSha(Buffer.from(fixture.link)) });
      continue;
    }
    const text = typeof fixture === "string" ? fixture : fixture.executable;
    await writeFile(place, text);
    await chmod(place, typeof fixture === "string" ? 0o644 : 0o755);
    files.set(path, {
      path,
      mode: typeof fixture === "string" ? "100644" : "100755",
      blob: blobSha(Buffer.from(text)),
    });
  }
  if (process.getuid?.() === 0) for (const path of made) await lchown(path, SANDBOX_UID, SANDBOX_UID);
  const identity = createHash("sha1")
    .update(JSON.stringify(Object.entries(fixtures)))
    .digest("hex");
  return { repositoryId: 1, sha: Sha.parse(identity), treeSha: Sha.parse(identity), directory, files };
}

export interface SandboxBench {
  readonly sandbox: Sandbox & { close(): Promise<void> };
  readonly instance: string;
  readonly dataDir: string;
  tree(fixtures: Readonly<Record<string, Fixture>>): Promise<BaseTree>;
  /** Everything a workspace needs, with a run of its own. */
  spec(base: BaseTree, changes?: Partial<WorkspaceSpec>): WorkspaceSpec;
  /** Closes the sandbox, sweeps all that it made, removes the directory. */
  clean(): Promise<void>;
}

/** A sandbox driver with a directory and an instance name of its own, so that suites running at once do not meet. */
export async function sandboxBench(options: Partial<DockerSandboxOptions> = {}): Promise<SandboxBench> {
  const dataDir = await mkdtemp(join(tmpdir(), "sandbox-test-"));
  const instance = `test-${randomBytes(6).toString("hex")}`;
  const sandbox = createDockerSandbox({ image: SANDBOX_IMAGE, instance, dataDir, registries: REGISTRIES, ...options });
  let trees = 0;
  return {
    sandbox,
    instance,
    dataDir,
    tree: (fixtures) => makeBaseTree(join(dataDir, `tree-${++trees}`), fixtures),
    spec: (base, changes = {}) => ({
      run: makeRunId(Date.now(), randomBytes(10)),
      epoch: 1,
      purpose: "test",
      base,
      layer: null,
      changes: [],
      writable: true,
      memoryMb: 512,
      cpus: 2,
      ignored: [],
      ...changes,
    }),
    async clean() {
      await sandbox.close();
      await sandbox.sweep(() => false);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export const textOf = (captured: CommandResult["stdout"]): string =>
  Buffer.concat([captured.head, captured.tail]).toString();

/** A shell script as a command, thirty seconds at most. */
export const script = (text: string) => ({ argv: ["bash", "-c", text], timeoutMs: 30_000 });
