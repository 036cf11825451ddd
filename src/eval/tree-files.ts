import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";

export interface TreeFile {
  readonly path: string;
  readonly mode: "100644" | "100755";
  readonly bytes: Uint8Array;
}

/** Every regular file under a directory, by path. An absent directory has none. */
export async function treeFiles(directory: string): Promise<TreeFile[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry): Promise<TreeFile> => {
        const path = join(entry.parentPath, entry.name);
        const executable = ((await stat(path)).mode & 0o100) !== 0;
        const name = relative(directory, path).split(sep).join("/");
        return { path: name, mode: executable ? "100755" : "100644", bytes: await readFile(path) };
      }),
  );
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
