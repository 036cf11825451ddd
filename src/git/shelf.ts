import { randomUUID } from "node:crypto";
import { readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Place } from "./place.ts";

/*
 * The trees of one repository, side by side in a folder:
 *   <sha>          a tree; the time of its `listing` says when it was written, its own time when it was last opened
 *   spare          links to a tree's files, to be moved to the next commit
 *   <name>.<uuid>  a draft of one of these, or one that is being removed
 * Whoever writes here or prunes holds the lock of the repository's mirror, so what is found under a draft's name then is
 * nobody's. Commits that the mirror holds are not pruned: a tree that is gone can be written again without the server.
 */

/**
 * A tree opened within this time is kept: longer than a run may work (720 minutes) with one command (60 minutes) on top, since
 * a stage opens its tree once and reads from it to its end.
 */
const LEASE_MS = 14 * 3_600_000;
const TREE = /^[0-9a-f]{40}$/;
const DRAFT = /^(?:[0-9a-f]{40}|spare)\.[0-9a-f]{8}-[0-9a-f-]{27}$/;

export interface Shelved {
  readonly directory: string;
  readonly writtenMs: number;
  readonly openedMs: number;
}

export const draftOf = (directory: string): string => `${directory}.${randomUUID()}`;
export const spareOf = (shelf: string): string => join(shelf, "spare");

/** Takes a directory away from its name, at once and whole; null when there is none. */
export async function setAside(directory: string): Promise<string | null> {
  const aside = draftOf(directory);
  return rename(directory, aside).then(
    () => aside,
    () => null,
  );
}

async function look(directory: string): Promise<Shelved | null> {
  try {
    const [listing, tree] = await Promise.all([stat(join(directory, "listing")), stat(directory)]);
    return { directory, writtenMs: listing.mtimeMs, openedMs: tree.mtimeMs };
  } catch {
    return null; // Removed by hand.
  }
}

const namesIn = (shelf: string): Promise<string[]> => readdir(shelf).catch(() => []);

/** All trees, the newest first. */
export async function shelvedTrees(shelf: string): Promise<readonly Shelved[]> {
  const names = (await namesIn(shelf)).filter((name) => TREE.test(name));
  const trees = await Promise.all(names.map((name) => look(join(shelf, name))));
  return trees.filter((tree) => tree !== null).sort((a, b) => b.writtenMs - a.writtenMs);
}

/** Notes that a tree is opened now. */
export async function renewLease(treeDir: string): Promise<void> {
  const now = new Date();
  await utimes(treeDir, now, now);
}

/**
 * The same without the lock, when nobody can be about to prune the tree: its lease is far from its end. Says whether it was
 * noted; if not, the caller takes the lock.
 */
export async function renewEarly(treeDir: string): Promise<boolean> {
  const tree = await look(treeDir);
  if (tree === null || Date.now() - tree.openedMs > LEASE_MS / 2) return false;
  await renewLease(treeDir);
  return true;
}

/** What this host has mounted. A sandbox's overlay names its base tree there. */
const mounts = (): Promise<string> => readFile("/proc/self/mounts", "utf8").catch(() => "");

/**
 * Takes the trees beyond the newest `keep` off the shelf, unless one was opened lately or a sandbox is mounted over it. The caller
 * holds the lock; what is returned may be removed without it.
 */
export async function takeOld({ shelf }: Place, keep: number): Promise<readonly string[]> {
  const left = (await namesIn(shelf)).filter((name) => DRAFT.test(name)).map((name) => join(shelf, name));
  const old = (await shelvedTrees(shelf)).slice(keep).filter((tree) => Date.now() - tree.openedMs > LEASE_MS);
  if (old.length === 0) return left;
  const mounted = await mounts();
  // By the end of its path, as the same folder may be mounted by another way to it.
  const tail = (directory: string) =>
    join("/", basename(dirname(shelf)), basename(shelf), basename(directory), "files");
  const unused = old.filter(({ directory }) => !mounted.includes(tail(directory)));
  const aside = await Promise.all(unused.map(({ directory }) => setAside(directory)));
  return [...left, ...aside.filter((directory) => directory !== null)];
}

export async function discard(directories: readonly string[]): Promise<void> {
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
}
