import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** So many demo runs can be read again. */
const KEPT = 5;
const NAME = /^\d{8}-\d{6}$/;

/** A data directory for one demo run below `parent`, named by its UTC time. The oldest beyond five go. */
export async function newDataDir(parent: string, at = new Date()): Promise<string> {
  await mkdir(parent, { recursive: true });
  const earlier = (await readdir(parent)).filter((name) => NAME.test(name)).toSorted();
  for (const name of earlier.slice(0, Math.max(0, earlier.length - KEPT + 1)))
    // What a demo that was killed left mounted cannot be removed; that must not keep the next one from running.
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => {});
  const name = at.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
  const directory = join(parent, name);
  await mkdir(directory, { recursive: true });
  return directory;
}
