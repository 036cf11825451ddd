import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Sha } from "../core/ids.ts";
import type { BaseFile, BaseTree } from "../ports/trees.ts";
import { withBlobs } from "./blobs.ts";
import type { GitSetup } from "./command.ts";
import { packListing, parseListing, readListing, unpackListing } from "./listing.ts";
import { writeTree } from "./materialize.ts";
import { findOlder } from "./older-tree.ts";
import type { Commit, Owner, Place } from "./place.ts";
import { draftOf, renewEarly, renewLease } from "./shelf.ts";
import { applyChange } from "./tree-change.ts";

interface Writing {
  readonly setup: GitSetup;
  readonly place: Place;
  readonly files: ReadonlyMap<string, BaseFile>;
  readonly owner: Owner | null;
  readonly signal: AbortSignal;
}

const treeAt = ({ subject, sha, treeDir }: Place, treeSha: Sha, files: BaseTree["files"]): BaseTree => ({
  repositoryId: subject.repositoryId,
  sha,
  treeSha,
  directory: join(treeDir, "files"),
  files,
});

async function readTree(place: Place): Promise<BaseTree | null> {
  const packed = await readFile(join(place.treeDir, "listing")).catch(() => null);
  if (packed === null) return null;
  const { treeSha, listing } = unpackListing(packed);
  return treeAt(place, treeSha, readListing(place.sha, listing));
}

/** A tree that is on the disk, noted as opened; null when it is not there, or when only who holds the mirror's lock may say. */
export async function openKept(place: Place, isLocked: boolean): Promise<BaseTree | null> {
  if (!isLocked && !(await renewEarly(place.treeDir))) return null;
  const tree = await readTree(place);
  if (isLocked && tree !== null) await renewLease(place.treeDir);
  return tree;
}

const blobsOf = ({ place, signal }: Writing, files: readonly BaseFile[]) => ({
  gitDir: place.gitDir,
  names: files.map((file) => file.blob),
  signal,
});

/** Makes the draft out of an older tree; false when that is not possible, and nothing is left of it then. */
async function writeLinked(writing: Writing, draft: string): Promise<boolean> {
  const older = await findOlder(writing.place, draft, writing);
  if (older === null) return false;
  const { change, bring } = older;
  const { owner, signal } = writing;
  try {
    await bring();
    // Another name of the older tree's listing: it must not be written through.
    await rm(join(draft, "listing"));
    await withBlobs(writing.setup, blobsOf(writing, change.fresh), (blobs) =>
      applyChange(join(draft, "files"), { ...change, blobs, owner }, signal),
    );
    return true;
  } catch {
    // Too many links, another file system, a program that is not there: whatever it was, writing everything does without it.
    signal.throwIfAborted();
    await rm(draft, { recursive: true, force: true });
    return false;
  }
}

async function writeWhole(writing: Writing, draft: string): Promise<void> {
  const { owner, signal } = writing;
  const files = [...writing.files.values()];
  await mkdir(draft, { recursive: true, mode: 0o755 });
  await withBlobs(writing.setup, blobsOf(writing, files), (blobs) =>
    writeTree(join(draft, "files"), { files, blobs, owner }, signal),
  );
}

/** Writes a tree the mirror holds: aside first, then into place by one rename. The caller holds the mirror's lock. */
export async function writeFiles(
  setup: GitSetup,
  place: Place,
  options: { readonly commit: Commit; readonly owner: Owner | null; readonly signal: AbortSignal },
): Promise<BaseTree> {
  const { commit, owner, signal } = options;
  const files = parseListing(place.sha, commit.listing);
  const draft = draftOf(place.treeDir);
  const writing = { setup, place, files, owner, signal };
  try {
    if (!(await writeLinked(writing, draft))) await writeWhole(writing, draft);
    await writeFile(join(draft, "listing"), packListing(commit.treeSha, commit.listing), { flag: "wx" });
    await rename(draft, place.treeDir);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return treeAt(place, commit.treeSha, files);
}
