import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { BaseTree } from "../ports/trees.ts";

const MAX_TEXT_BYTES = 1024 * 1024;

/** A regular file's text; null when it is absent, a link, larger than 1 MiB or not UTF-8. Never follows a link. */
export async function readBaseText(tree: BaseTree, path: string): Promise<string | null> {
  const file = tree.files.get(path);
  if (file === undefined || file.mode === "120000") return null;
  const handle = await open(join(tree.directory, path), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    if ((await handle.stat()).size > MAX_TEXT_BYTES) return null;
    const bytes = await handle.readFile();
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null; // Not UTF-8.
    throw error;
  } finally {
    await handle.close();
  }
}
