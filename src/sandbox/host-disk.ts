import { statfs } from "node:fs/promises";
import { JourneymanError } from "../core/errors.ts";

/** Less room than this, and what a program does may fail for want of room, at once or when the kernel writes it out. */
const LEAST_BYTES = 16 * 1024 ** 2;
const LEAST_FILES = 64;

/** Codes of file systems that take no more: full, over quota, broken, turned read-only. */
const REFUSALS: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT", "EIO", "EROFS"]);

const noRoom = (cause?: unknown): JourneymanError =>
  new JourneymanError("storage_unavailable", { reason: "no room left on the worker's disk" }, { cause });

/** Whether the file system of a directory is as good as full. One that cannot be asked is not. */
export async function isFull(directory: string): Promise<boolean> {
  const about = await statfs(directory).catch(() => null);
  if (about === null) return false;
  // Some file systems count no files.
  return about.bavail * about.bsize < LEAST_BYTES || (about.files > 0 && about.ffree < LEAST_FILES);
}

/** Throws `storage_unavailable` where the disk is full: what was done on it meanwhile proves nothing. */
export async function assertRoom(directory: string): Promise<void> {
  if (await isFull(directory)) throw noRoom();
}

/** What failed because this host's disk takes no more, as `storage_unavailable`; else null. */
export async function diskFailure(directory: string, thrown: unknown): Promise<JourneymanError | null> {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : null;
  if (thrown instanceof JourneymanError ? thrown.code === "sandbox_lost" : REFUSALS.has(code))
    return REFUSALS.has(code) || (await isFull(directory)) ? noRoom(thrown) : null;
  return null;
}
