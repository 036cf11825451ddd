import { randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rename, rm, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { digestOf } from "../core/digest.ts";
import { JourneymanError } from "../core/errors.ts";
import { Digest } from "../core/ids.ts";
import type { Artifacts } from "../ports/journal.ts";

/*
 * Artifacts as files under one directory, `ab/cdef…` by digest, which several workers may share.
 * 1. A file is whole or absent: written aside, then renamed. Two that write the same bytes write the same file.
 * 2. A file that does not hold what its name says is as good as missing, and mended by the next put.
 * 3. A file's time is that of its last put. What is collected is first moved aside and looked at there: a put that touched it before the
 *    move is seen and the file comes back, a put that comes after the move finds nothing and writes.
 * 4. What a collect left aside when it was killed is found by `get`, and settled by the next collect.
 */

const pathOf = (directory: string, digest: Digest): string => join(directory, digest.slice(0, 2), digest.slice(2));

const TEMPORARY = ".tmp";
const ASIDE = ".gone";

const isAbsent = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

const unavailable = (cause: unknown): JourneymanError =>
  new JourneymanError(
    "storage_unavailable",
    { reason: cause instanceof Error ? cause.message : String(cause) },
    { cause },
  );

/** What the work gives, or null when the file is absent. */
async function ifThere<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (isAbsent(error)) return null;
    throw unavailable(error);
  }
}

/** The bytes, or null when the file is absent or holds something else. */
const readWhole = (path: string, digest: Digest): Promise<Uint8Array | null> =>
  ifThere(async () => {
    const bytes = await readFile(path);
    return digestOf(bytes) === digest ? bytes : null;
  });

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** After a crash the file is whole or absent: its bytes and its name are on the disk when this returns. */
async function writeWhole(path: string, bytes: Uint8Array, at: Date): Promise<void> {
  const temporary = `${path}.${randomUUID()}${TEMPORARY}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.utimes(at, at);
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

/** Marks a whole file as put now; false when there is none to mark. */
async function touch(path: string, digest: Digest, at: Date): Promise<boolean> {
  if ((await readWhole(path, digest)) === null) return false;
  return (await ifThere(() => utimes(path, at, at))) !== null;
}

/** Looked at through an open file: a shared file system may keep what it knew of a name. */
async function timeOf(path: string): Promise<number> {
  const handle = await open(path, "r");
  try {
    return (await handle.stat()).mtimeMs;
  } finally {
    await handle.close();
  }
}

/** Gives a file that was moved aside its name again, unless another has it by now. */
async function bringBack(aside: string, path: string): Promise<void> {
  await ifThere(() =>
    link(aside, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    }),
  );
  await rm(aside, { force: true });
}

/** Brings back what a collect that was killed left aside. */
async function recover(path: string): Promise<void> {
  const folder = dirname(path);
  const names = (await ifThere(() => readdir(folder))) ?? [];
  for (const name of names)
    if (name.endsWith(ASIDE) && join(folder, name).startsWith(`${path}.`)) await bringBack(join(folder, name), path);
}

/** True when the file was removed; a put that came in between keeps it. */
async function removeOld(path: string, before: number): Promise<boolean> {
  if ((await timeOf(path)) >= before) return false;
  const aside = `${path}.${randomUUID()}${ASIDE}`;
  await rename(path, aside);
  if ((await timeOf(aside)) >= before) {
    await bringBack(aside, path);
    return false;
  }
  await rm(aside, { force: true });
  return true;
}

const FILE = /^([0-9a-f]{62})(?:\.[0-9a-f-]{36}(\.tmp|\.gone))?$/;

interface Sweep {
  readonly keep: ReadonlySet<Digest>;
  readonly before: number;
}

/** True when an artifact went. Files of other names are not ours, and stay. */
async function sweepFile(folder: string, name: string, { keep, before }: Sweep): Promise<boolean> {
  const [, rest, kind] = FILE.exec(name) ?? [];
  if (rest === undefined) return false;
  const path = join(folder, name);
  if (kind === TEMPORARY) {
    if ((await timeOf(path)) < before) await rm(path, { force: true });
    return false;
  }
  const isKept = keep.has(Digest.parse(folder.slice(-2) + rest));
  if (kind === ASIDE && isKept) await bringBack(path, join(folder, rest));
  return isKept ? false : removeOld(path, before);
}

async function collect(directory: string, sweep: Sweep): Promise<number> {
  let removed = 0;
  const folders = (await ifThere(() => readdir(directory))) ?? [];
  for (const folder of folders.filter((name) => /^[0-9a-f]{2}$/.test(name))) {
    const path = join(directory, folder);
    for (const name of (await ifThere(() => readdir(path))) ?? [])
      // Another collect may have been faster.
      if ((await ifThere(() => sweepFile(path, name, sweep))) === true) removed += 1;
  }
  return removed;
}

/** Artifacts as files under `directory`. `now` gives the time of a put, in milliseconds since 1970. Throws `storage_unavailable`. */
export const openArtifacts = (directory: string, now: () => number = Date.now): Artifacts => ({
  async put(bytes) {
    const digest = digestOf(bytes);
    const path = pathOf(directory, digest);
    const at = new Date(now());
    if (!(await touch(path, digest, at))) await writeWhole(path, bytes, at);
    return digest;
  },
  async get(digest) {
    const path = pathOf(directory, digest);
    let bytes = await readWhole(path, digest);
    if (bytes === null) {
      await recover(path);
      bytes = await readWhole(path, digest);
    }
    if (bytes === null) throw new JourneymanError("artifact_missing", { digest });
    return bytes;
  },
  collect: (keep, before) => collect(directory, { keep, before }),
});
