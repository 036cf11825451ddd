import { readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { JourneymanError } from "../core/errors.ts";
import type { BaseFile } from "../ports/trees.ts";
import { runQuietly } from "./host-program.ts";
import { readListing, unpackListing } from "./listing.ts";
import type { Owner, Place } from "./place.ts";
import { discard, draftOf, setAside, shelvedTrees, spareOf } from "./shelf.ts";
import type { TreeChange } from "./tree-change.ts";
import { changeBetween } from "./tree-change.ts";

/*
 * A commit's files are for the most part those of the commit before. Nobody writes to them, so a new tree can share them with
 * an older one by hard links, and only what differs is written.
 *
 * A link changes the time at which a file's inode was last changed, and a tar of the older tree that is under way takes that
 * for a change of the file. Workers that are not root bring trees into sandboxes by such tars, so only root links.
 */

/** From this many files on a copy is made ahead of time: making it takes longer than all else together. */
const SPARE_FILES = 2000;

export interface OlderTree {
  readonly change: TreeChange;
  /** Brings the older files into the draft, which is not there yet. */
  readonly bring: () => Promise<void>;
}

export const canLink = (): boolean => process.getuid?.() === 0;

/** Everything in it, `listing` included, becomes a second name of the same file; folders are made, with owner and mode. */
async function linkAll(from: string, to: string, signal?: AbortSignal): Promise<void> {
  if (!(await runQuietly(["cp", "-al", "--", from, to], signal))) {
    throw new JourneymanError("mirror_failed", { reason: "the files of an older tree cannot be linked" });
  }
}

/** A tree belongs to one user as a whole, so its top answers for all. */
async function isOwnedBy(directory: string, owner: Owner | null): Promise<boolean> {
  const { uid, gid } = await stat(join(directory, "files"));
  return uid === (owner?.uid ?? process.getuid?.()) && gid === (owner?.gid ?? process.getgid?.());
}

interface Wanted {
  readonly files: ReadonlyMap<string, BaseFile>;
  readonly owner: Owner | null;
}

/** Null when there is nothing to share: no such tree, another owner, or too much that differs. */
async function changeFrom(directory: string, { sha }: Place, wanted: Wanted): Promise<TreeChange | null> {
  try {
    if (!(await isOwnedBy(directory, wanted.owner))) return null;
    const { listing } = unpackListing(await readFile(join(directory, "listing")));
    const change = changeBetween(readListing(sha, listing), wanted.files);
    return (change.fresh.length + change.gone.length) * 2 > wanted.files.size ? null : change;
  } catch {
    return null;
  }
}

/** The best older tree to begin with, if any: the spare, which is only moved, else the newest, which is linked. */
export async function findOlder(
  place: Place,
  draft: string,
  wanted: Wanted & { readonly signal: AbortSignal },
): Promise<OlderTree | null> {
  if (!canLink()) return null;
  const spare = spareOf(place.shelf);
  const moved = await changeFrom(spare, place, wanted);
  if (moved !== null) return { change: moved, bring: () => rename(spare, draft) };
  const [newest] = await shelvedTrees(place.shelf);
  const linked = newest === undefined ? null : await changeFrom(newest.directory, place, wanted);
  if (newest === undefined || linked === null) return null;
  return { change: linked, bring: () => linkAll(newest.directory, draft, wanted.signal) };
}

export const deservesSpare = (files: number): boolean => canLink() && files >= SPARE_FILES;

/** Makes the copy from which the next tree begins, unless there is one that will do. The caller holds the lock. */
export async function makeSpare(place: Place, latest: Wanted): Promise<void> {
  const spare = spareOf(place.shelf);
  if ((await changeFrom(spare, place, latest)) !== null) return;
  const useless = await setAside(spare);
  const draft = draftOf(spare);
  try {
    await linkAll(place.treeDir, draft);
    await rename(draft, spare);
  } finally {
    await discard(useless === null ? [draft] : [draft, useless]);
  }
}
