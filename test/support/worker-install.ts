import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import type * as Ids from "../../src/core/ids.ts";
import type { BaseTree } from "../../src/ports/trees.ts";
import type * as Docker from "../../src/sandbox/docker.ts";

/*
 * A program for the worker's container, run there from /app: it is an npm registry with one package, `tiny`, and installs that
 * in a sandbox with the code of the image. Prints one line of JSON, what `WorkerInstall` says. Nothing of it stays.
 */

export interface WorkerInstall {
  readonly strategy: string;
  readonly installed: string;
  readonly exitCode: number | null;
  /** What a sandbox with the layer gets from the package. */
  readonly required: string;
}

const DOCKER: string = "/app/dist/sandbox/docker.js";
const IDS: string = "/app/dist/core/ids.js";
const { createDockerSandbox } = (await import(DOCKER)) as typeof Docker;
const { makeRunId, Sha } = (await import(IDS)) as typeof Ids;

async function serveTiny(): Promise<{ readonly url: string; close(): void }> {
  const tar = pack();
  tar.entry({ name: "package/package.json" }, '{"name":"tiny","version":"1.0.0"}');
  tar.entry({ name: "package/index.js" }, 'module.exports = "small";');
  tar.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of tar) pieces.push(piece as Buffer);
  const tarball = gzipSync(Buffer.concat(pieces));
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  const server = createServer((request, response) => {
    if (request.url === "/tiny/-/tiny-1.0.0.tgz") return response.end(tarball);
    const dist = { tarball: `${url}/tiny/-/tiny-1.0.0.tgz`, integrity };
    const versions = { "1.0.0": { name: "tiny", version: "1.0.0", dist } };
    response.setHeader("content-type", "application/json");
    return response.end(JSON.stringify({ name: "tiny", "dist-tags": { latest: "1.0.0" }, versions }));
  });
  await once(server.listen(0, "localhost"), "listening");
  const address = server.address();
  const url = `http://localhost:${typeof address === "object" && address !== null ? address.port : 0}`;
  return { url, close: () => void server.close() };
}

async function writeBase(directory: string): Promise<BaseTree> {
  await mkdir(directory);
  await writeFile(join(directory, "package.json"), '{"name":"x","version":"1.0.0"}\n');
  const sha = Sha.parse("1".repeat(40));
  return { repositoryId: 1, sha, treeSha: sha, directory, files: new Map() };
}

async function installTiny(dataDir: string): Promise<WorkerInstall> {
  const registry = await serveTiny();
  const sandbox = createDockerSandbox({
    image: process.env["SANDBOX_IMAGE"] || "journeyman-sandbox:dev",
    // Of its own, so that the worker beside it sweeps nothing of this.
    instance: `packaging-${randomBytes(6).toString("hex")}`,
    dataDir,
    registries: { npm: registry.url, pypi: registry.url, privateHosts: ["localhost"] },
  });
  const { signal } = new AbortController();
  try {
    const base = await writeBase(join(dataDir, "base"));
    const place = { run: makeRunId(Date.now(), randomBytes(10)), epoch: 1, base, memoryMb: 512, cpus: 1 };
    const install = { ...place, command: "npm install --no-package-lock tiny", timeoutMs: 60_000 };
    const { result, layer } = await sandbox.install(install, signal);
    const spec = { ...place, purpose: "test", layer, changes: [], writable: true, ignored: [] };
    const { workspace, strategy } = await sandbox.open(spec, signal);
    const seen = await workspace.run({ argv: ["node", "-p", 'require("tiny")'], timeoutMs: 30_000 }, signal);
    const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
    return {
      strategy,
      installed: textOf(result.stdout.head),
      exitCode: result.exitCode,
      required: textOf(seen.stdout.head),
    };
  } finally {
    await sandbox.close();
    await sandbox.sweep(() => false);
    registry.close();
  }
}

const dataDir = await mkdtemp(join(process.env["DATA_DIR"] ?? "", "install-"));
try {
  process.stdout.write(`${JSON.stringify(await installTiny(dataDir))}\n`);
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
