import type { BaseTree } from "../ports/trees.ts";

/** What is asked of a base tree besides its files: its folders, and its names without regard to case. */
export interface BaseIndex {
  /** The root is the empty name. */
  readonly folders: ReadonlySet<string>;
  readonly byLowerCase: ReadonlyMap<string, string>;
}

/** Trees never change, so an index is made once for each and goes with it. */
const known = new WeakMap<BaseTree["files"], BaseIndex>();

/** The folder a path lies in; the root is the empty name. */
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));

/** Every folder above a path, the nearest first, the root last. */
export function* foldersAbove(path: string): Generator<string> {
  for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1))
    yield path.slice(0, slash);
  yield "";
}

export const caseless = (path: string): string => path.normalize("NFC").toLowerCase();

export function indexOf(base: BaseTree): BaseIndex {
  const made = known.get(base.files);
  if (made !== undefined) return made;
  const folders = new Set<string>([""]);
  const byLowerCase = new Map<string, string>();
  for (const path of base.files.keys()) {
    byLowerCase.set(caseless(path), path);
    for (const folder of foldersAbove(path)) {
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  const index = { folders, byLowerCase };
  known.set(base.files, index);
  return index;
}
