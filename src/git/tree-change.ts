import { lchown, rmdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { BaseFile } from "../ports/trees.ts";
import type { Blob } from "./blobs.ts";
import { foldersOf, makeFolders, mendModes, writeBlobs } from "./materialize.ts";
import type { Owner } from "./place.ts";

/*
 * What makes one commit's files into another's. The files may be links that other trees share, so none is ever opened for
 * writing or given another mode: one that differs in any way is removed and written anew, which leaves the other names alone.
 */

export interface TreeChange {
  readonly gone: readonly BaseFile[];
  readonly fresh: readonly BaseFile[];
}

type Files = ReadonlyMap<string, BaseFile>;

const without = (files: Files, others: Files): BaseFile[] =>
  [...files.values()].filter(({ path, mode, blob }) => {
    const other = others.get(path);
    return other?.mode !== mode || other.blob !== blob;
  });

export const changeBetween = (before: Files, after: Files): TreeChange => ({
  gone: without(before, after),
  fresh: without(after, before),
});

/** Git knows no empty folders: one that has lost its last file is gone too. */
async function removeFiles(directory: string, gone: readonly BaseFile[]): Promise<void> {
  for (const { path } of gone) await unlink(join(directory, path));
  const deepestFirst = [...foldersOf(gone)].sort().toReversed();
  for (const folder of deepestFirst) await rmdir(join(directory, folder)).catch(() => {}); // Others still lie in it.
}

/** What the process's umask took away comes back, and the owner is who it should be. Links are not followed. */
async function finish(directory: string, fresh: readonly BaseFile[], owner: Owner | null): Promise<void> {
  await mendModes(directory, fresh);
  if (owner === null) return;
  for (const path of [...foldersOf(fresh), ...fresh.map((file) => file.path)]) {
    await lchown(join(directory, path), owner.uid, owner.gid);
  }
}

/** Makes the change in a directory that nobody else uses yet. `blobs` are those of `fresh`, in its order. */
export async function applyChange(
  directory: string,
  change: TreeChange & { readonly blobs: AsyncIterable<Blob>; readonly owner: Owner | null },
  signal: AbortSignal,
): Promise<void> {
  const { gone, fresh, blobs, owner } = change;
  await removeFiles(directory, gone);
  await makeFolders(directory, fresh);
  await writeBlobs(directory, { files: fresh, blobs }, signal);
  await finish(directory, fresh, owner);
}
