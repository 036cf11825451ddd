import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { digestOf } from "../core/digest.ts";
import { JourneymanError } from "../core/errors.ts";
import { Digest } from "../core/ids.ts";
import type { Artifacts } from "../ports/journal.ts";

/** `ab/cdef…`: 256 folders keep each one small. */
const pathOf = (directory: string, digest: Digest): string => join(directory, digest.slice(0, 2), digest.slice(2));

/** The bytes, or null when the file is absent or holds something else. */
async function readWhole(path: string, digest: Digest): Promise<Uint8Array | null> {
  try {
    const bytes = await readFile(path);
    return digestOf(bytes) === digest ? bytes : null;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw unavailable(error);
  }
}

const unavailable = (cause: unknown): JourneymanError =>
  new JourneymanError(
    "storage_unavailable",
    { reason: cause instanceof Error ? cause.message : String(cause) },
    { cause },
  );

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** After a crash the file is whole or absent: its bytes and its name are on the disk when this returns. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw unavailable(error);
  }
}

async function collect(directory: string, keep: ReadonlySet<Digest>, before: number): Promise<number> {
  let removed = 0;
  for (const folder of await readdir(directory).catch(() => [])) {
    for (const name of await readdir(join(directory, folder))) {
      const path = join(directory, folder, name);
      if (keep.has(Digest.parse(`${folder}${name.slice(0, 62)}`)) || (await stat(path)).mtimeMs >= before) continue;
      await rm(path, { force: true });
      removed += 1;
    }
  }
  return removed;
}

/** Artifacts as files under `directory`. A file that does not hold what its name says is as good as missing, and mended by the next put. */
export const openArtifacts = (directory: string): Artifacts => ({
  async put(bytes) {
    const digest = digestOf(bytes);
    const path = pathOf(directory, digest);
    if ((await readWhole(path, digest)) === null) await writeWhole(path, bytes);
    return digest;
  },
  async get(digest) {
    const bytes = await readWhole(pathOf(directory, digest), digest);
    if (bytes === null) throw new JourneymanError("artifact_missing", { digest });
    return bytes;
  },
  collect: (keep, before) => collect(directory, keep, before),
});
