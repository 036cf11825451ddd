import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** What a file says, also one that is compressed. */
export const plainBytes = async (path: string): Promise<Buffer> =>
  path.endsWith(".gz") ? gunzipSync(await readFile(path)) : readFile(path);

/** The bytes of every file in the folder, by path, as text in which each byte is a character. */
export async function filesUnder(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(paths.map(async (path) => [path, (await plainBytes(path)).toString("latin1")] as const)),
  );
}
