import { chmod, chown, mkdir, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runHost } from "./host.ts";
import { SANDBOX_UID } from "./spec.ts";

const DISK_INODES = 400_000;

/** A sandbox's directory on this host: the upper directory of its overlay and what the kernel needs beside it. */
export interface Scratch {
  readonly directory: string;
  readonly upper: string;
  readonly work: string;
}

const scratchRoot = (dataDir: string): string => join(dataDir, "sandboxes");
export const scratchDirectory = (dataDir: string, name: string): string => join(scratchRoot(dataDir), name);

/** Mounts a file system of a fixed size at `at`; false where this host cannot (no loop devices, no mkfs). */
async function mountDisk(image: string, at: string, mib: number): Promise<boolean> {
  try {
    await writeFile(image, "");
    await truncate(image, mib * 1024 ** 2);
    const features = "^has_journal,^resize_inode";
    await runHost([
      "mkfs.ext4",
      "-q",
      "-F",
      "-m",
      "0",
      "-O",
      features,
      "-E",
      "lazy_itable_init=1,nodiscard",
      "-N",
      String(DISK_INODES),
      image,
    ]);
    // The image is thrown away with the sandbox: no need to zero its inode tables, ever.
    await runHost(["mount", "-o", "loop,noatime,nosuid,nodev,noinit_itable", image, at]);
    return true;
  } catch {
    await rm(image, { force: true });
    return false;
  }
}

/**
 * Makes the directories of an overlay. With `diskMib` they are on a file system of that size of their own, beyond which commands
 * see "No space left on device" (S70); with null they are ordinary directories, which can be renamed into place as a layer.
 */
export async function makeScratch(dataDir: string, name: string, diskMib: number | null): Promise<Scratch> {
  const directory = scratchDirectory(dataDir, name);
  const disk = join(directory, "disk");
  await mkdir(disk, { recursive: true, mode: 0o700 });
  if (diskMib !== null) await mountDisk(join(directory, "disk.img"), disk, diskMib);
  const scratch = { directory, upper: join(disk, "upper"), work: join(disk, "work") };
  await mkdir(scratch.upper);
  await mkdir(scratch.work);
  // The upper directory's owner and mode are those of /workspace itself.
  await chmod(scratch.upper, 0o755);
  await chown(scratch.upper, SANDBOX_UID, SANDBOX_UID);
  return scratch;
}

/** Told by the directory itself: a removal that was cut off may have taken the image away and left the mount. */
async function isMounted(at: string, parent: string): Promise<boolean> {
  const [own, outside] = await Promise.all([stat(at).catch(() => null), stat(parent)]);
  return own !== null && own.dev !== outside.dev;
}

/** Removes a sandbox's directory; false when there is none. */
export async function removeScratch(dataDir: string, name: string): Promise<boolean> {
  const directory = scratchDirectory(dataDir, name);
  const inside = await readdir(directory).catch(() => null);
  if (inside === null) return false;
  const disk = join(directory, "disk");
  if (await isMounted(disk, directory)) {
    // A plain unmount first: a lazy one leaves the loop device to whoever still holds it.
    await runHost(["umount", disk]).catch(() => runHost(["umount", "--lazy", disk]).catch(() => {}));
  }
  await rm(directory, { recursive: true, force: true });
  return true;
}

export const scratchNames = (dataDir: string): Promise<string[]> => readdir(scratchRoot(dataDir)).catch(() => []);
