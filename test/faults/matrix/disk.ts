import { execFile } from "node:child_process";
import { mkdtemp, open, readFile, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A file system of a test's own, small enough to be filled. Needs root. */
export interface SmallDisk {
  readonly directory: string;
  /** Writes until nothing more goes in. */
  fill(): Promise<void>;
  /** Gives the room back. */
  free(): Promise<void>;
  remove(): Promise<void>;
}

const BALLAST = "ballast";

async function pourInto(path: string, bytes: number): Promise<boolean> {
  const file = await open(path, "a");
  try {
    await file.appendFile(Buffer.alloc(bytes, 1));
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw thrown;
  } finally {
    await file.close();
  }
}

export async function mountSmallDisk(mebibytes: number): Promise<SmallDisk> {
  const directory = await mkdtemp(join(tmpdir(), "small-disk-"));
  await run("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "journeyman-test", directory]);
  const ballast = join(directory, BALLAST);
  return {
    directory,
    async fill() {
      for (const bytes of [1 << 20, 4096]) while (await pourInto(ballast, bytes));
      const { bavail } = await statfs(directory);
      if (bavail > 0) throw new TypeError(`${bavail} blocks are still free`);
    },
    free: () => rm(ballast, { force: true }),
    async remove() {
      await run("umount", ["--lazy", directory]);
      await removeWithMounts(directory);
    },
  };
}

/** Removes a directory and what is mounted below it: what a killed server had no time to unmount. */
export async function removeWithMounts(directory: string): Promise<void> {
  const mounts = (await readFile("/proc/self/mounts", "utf8")).split("\n").map((line) => line.split(" ")[1] ?? "");
  for (const mount of mounts.filter((path) => path.startsWith(`${directory}/`)).toReversed())
    await run("umount", ["--lazy", mount]).catch(() => {});
  await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
