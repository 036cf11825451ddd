import { chmod, mkdir, open, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { JourneymanError } from "../core/errors.ts";
import type { BaseFile } from "../ports/trees.ts";
import type { Blob } from "./blobs.ts";
import { runQuietly } from "./host-program.ts";
import type { Owner } from "./place.ts";

/** Most bytes written for one base tree. */
export const MAX_TREE_BYTES = 8 * 1024 ** 3;
/** Blobs up to this size are read whole and written while the next ones are read. */
const SMALL_BYTES = 1024 * 1024;
const AT_ONCE = 24;

async function readWhole(blob: Blob): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of blob.pieces()) pieces.push(piece);
  const [first] = pieces;
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces, blob.size);
}

export const bitsOf = (file: BaseFile): number => (file.mode === "100755" ? 0o755 : 0o644);

async function writeLarge(path: string, mode: number, blob: Blob): Promise<void> {
  const handle = await open(path, "wx", mode);
  try {
    for await (const piece of blob.pieces()) await handle.writeFile(piece);
  } finally {
    await handle.close();
  }
}

/** `wx` refuses to write through anything that is there already, a link included. */
async function writeSmall(path: string, file: BaseFile, bytes: Buffer): Promise<void> {
  if (file.mode === "120000") await symlink(bytes.toString("utf8"), path);
  else await writeFile(path, bytes, { mode: bitsOf(file), flag: "wx" });
}

/** Every folder that the files need, with those above it, but not the top. */
export function foldersOf(files: Iterable<BaseFile>): Set<string> {
  const folders = new Set<string>();
  for (const { path } of files) {
    for (let folder = dirname(path); folder !== "." && !folders.has(folder); folder = dirname(folder)) {
      folders.add(folder);
    }
  }
  return folders;
}

export async function makeFolders(directory: string, files: Iterable<BaseFile>): Promise<void> {
  for (const folder of [...foldersOf(files)].sort()) {
    await mkdir(join(directory, folder), { recursive: true, mode: 0o755 });
  }
}

/** Whether the process's umask takes bits away that the files need; found by trying, on the directory itself. */
async function isMasked(directory: string): Promise<boolean> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const masked = ((await stat(directory)).mode & 0o777) !== 0o755;
  await chmod(directory, 0o755);
  return masked;
}

export async function mendModes(directory: string, files: readonly BaseFile[]): Promise<void> {
  for (const file of files) if (file.mode !== "120000") await chmod(join(directory, file.path), bitsOf(file));
  for (const folder of foldersOf(files)) await chmod(join(directory, folder), 0o755);
}

/** Gives everything in a directory to another user, links themselves and not what they point to. */
async function giveTo(directory: string, owner: Owner): Promise<void> {
  const given = await runQuietly(["chown", "-R", "-h", "-P", `${owner.uid}:${owner.gid}`, "--", directory]);
  if (!given) throw new JourneymanError("mirror_failed", { reason: "the base tree's owner cannot be set" });
}

/** Writes that go on at the same time, a bounded number of them. */
function createWriters() {
  const writing = new Set<Promise<void>>();
  const failures: unknown[] = [];
  return {
    failed: () => failures.length > 0,
    async add(write: Promise<void>): Promise<void> {
      const job: Promise<void> = write
        .catch((error: unknown) => void failures.push(error))
        .finally(() => writing.delete(job));
      writing.add(job);
      if (writing.size >= AT_ONCE) await Promise.race(writing);
    },
    settled: async () => void (await Promise.all(writing)),
    throwFailure(): void {
      if (failures.length === 0) return;
      throw new JourneymanError("mirror_failed", { reason: "the disk" }, { cause: failures[0] });
    },
  };
}

/**
 * Writes files whose folders are there. They keep their bytes as git has them: no filter, no line-end conversion. Links are
 * made, never followed: no file of a well-formed tree lies beneath one.
 */
export async function writeBlobs(
  directory: string,
  source: { readonly files: readonly BaseFile[]; readonly blobs: AsyncIterable<Blob> },
  signal: AbortSignal,
): Promise<void> {
  const writing = createWriters();
  let index = 0;
  let total = 0;
  try {
    for await (const blob of source.blobs) {
      const file = source.files[index++];
      if (file === undefined || writing.failed() || signal.aborted) break;
      total += blob.size;
      if (total > MAX_TREE_BYTES) {
        throw new JourneymanError("mirror_failed", { reason: "the tree is too large for a disk" });
      }
      const path = join(directory, file.path);
      if (blob.size > SMALL_BYTES && file.mode !== "120000") await writeLarge(path, bitsOf(file), blob);
      else await writing.add(writeSmall(path, file, await readWhole(blob)));
    }
  } finally {
    await writing.settled();
  }
  signal.throwIfAborted();
  writing.throwFailure();
}

/** Writes a tree into a directory that does not exist yet. */
export async function writeTree(
  directory: string,
  tree: { readonly files: readonly BaseFile[]; readonly blobs: AsyncIterable<Blob>; readonly owner: Owner | null },
  signal: AbortSignal,
): Promise<void> {
  const masked = await isMasked(directory);
  await makeFolders(directory, tree.files);
  await writeBlobs(directory, tree, signal);
  if (masked) await mendModes(directory, tree.files);
  if (tree.owner !== null) await giveTo(directory, tree.owner);
}
