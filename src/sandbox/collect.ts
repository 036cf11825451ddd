import type { Readable } from "node:stream";
import type { Collected } from "../ports/sandbox.ts";
import type { BaseTree } from "../ports/trees.ts";
import { createIgnored } from "./ignored.ts";
import type { TarEntry } from "./tar-entries.ts";
import { readTar } from "./tar-entries.ts";
import { createGathering } from "./tar-gather.ts";
import { foldersAbove, indexOf } from "./tar-index.ts";

/*
 * The difference between a workspace and its base tree, from one reading of a tar.
 * 1. Nothing is followed and nothing is read twice: the bytes that were hashed are the bytes that are returned.
 * 2. Only what the tar holds counts; nothing the sandbox says about itself (a `.git`, an ignore file) is asked.
 * 3. Memory is bounded by the bounds of a change, not by what the tar holds.
 * 4. The same workspace gives the same answer whichever of the two strategies read it.
 */

/** Entries read before giving up on a workspace. */
const MAX_ENTRIES = 500_000;

export interface CollectOptions {
  /** More patterns in .gitignore's grammar, from the settings. */
  readonly ignored: readonly string[];
  /** Ends the reading; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
}

export interface OverlayOptions extends CollectOptions {
  /** Whether the dependency layer has this path. Such a path is left out unless the base tree has it too. */
  readonly layer?: (path: string) => boolean;
}

export interface ArchiveOptions extends CollectOptions {
  /** The dependency layer's files with their blobs. They are left out; a tracked one counts as unchanged when it equals this. */
  readonly layer?: ReadonlyMap<string, string>;
}

const never = new AbortController().signal;
const isRootGit = (path: string): boolean => path === ".git" || path.startsWith(".git/");

/** Follows the tar's entries and knows which folders of the base tree they hide. */
function createWalk(base: BaseTree) {
  const { folders } = indexOf(base);
  const present = new Set<string>();
  const deleted = new Set<string>();
  const hidden = new Set<string>();
  const hide = (path: string) => void (folders.has(path) && hidden.add(path));
  return {
    present,
    hide,
    deleted,
    drop: (path: string) => void (base.files.has(path) && deleted.add(path)),
    /** The base tree's files that are gone: named one by one, or beneath a folder that hides them. */
    finish(): ReadonlySet<string> {
      if (hidden.size === 0) return deleted;
      for (const path of base.files.keys()) {
        if (present.has(path) || deleted.has(path)) continue;
        if ([...foldersAbove(path)].some((folder) => hidden.has(folder))) deleted.add(path);
      }
      return deleted;
    },
  };
}

/** Walks all entries; false when there are more than will be read. */
async function eachEntry(
  tar: Readable,
  signal: AbortSignal,
  visit: (entry: TarEntry) => Promise<void>,
): Promise<boolean> {
  let count = 0;
  for await (const entry of readTar(tar, signal)) {
    if (++count > MAX_ENTRIES) return false;
    if (!isRootGit(entry.path)) await visit(entry);
  }
  return true;
}

const isTwice = (present: Set<string>, path: string): boolean => present.size === present.add(path).size;

/**
 * From a tar of an overlay's upper directory, made with `trusted.overlay.*` attributes. Throws `sandbox_lost` when the tar is
 * broken, and the signal's reason.
 */
export async function collectFromOverlay(tar: Readable, base: BaseTree, options: OverlayOptions): Promise<Collected> {
  const isIgnored = createIgnored(base, options.ignored);
  const gathering = createGathering({
    base,
    isIgnored: async (path) => (options.layer?.(path) ?? false) || (await isIgnored(path)),
    isInstalled: () => false,
  });
  const walk = createWalk(base);
  const complete = await eachEntry(tar, options.signal ?? never, async (entry) => {
    const { path, kind } = entry;
    if (kind === "whiteout") {
      walk.drop(path);
      return walk.hide(path);
    }
    if (kind === "folder") {
      walk.drop(path);
      if (entry.redirected) gathering.refuse(path, "special_file", "a folder whose content is kept elsewhere");
      return entry.opaque ? walk.hide(path) : undefined;
    }
    walk.hide(path);
    if (isTwice(walk.present, path)) return gathering.refuse(path, "special_file", "it is there twice");
    await gathering.add(entry);
  });
  if (!complete) gathering.refuse("", "too_many", `more than ${MAX_ENTRIES} entries`);
  return gathering.finish(walk.finish());
}

/** From a tar of the whole workspace: what the base tree has and the tar has not is deleted. Throws as `collectFromOverlay`. */
export async function collectFromArchive(tar: Readable, base: BaseTree, options: ArchiveOptions): Promise<Collected> {
  const isIgnored = createIgnored(base, options.ignored);
  const gathering = createGathering({
    base,
    isIgnored: async (path) => (options.layer?.has(path) ?? false) || (await isIgnored(path)),
    isInstalled: (path, blob) => options.layer?.get(path) === blob,
  });
  const present = new Set<string>();
  const complete = await eachEntry(tar, options.signal ?? never, async (entry) => {
    if (entry.kind === "folder") return;
    if (isTwice(present, entry.path)) return gathering.refuse(entry.path, "special_file", "it is there twice");
    await gathering.add({ ...entry, kind: entry.kind === "whiteout" ? "other" : entry.kind });
  });
  if (!complete) gathering.refuse("", "too_many", `more than ${MAX_ENTRIES} entries`);
  const missing = complete ? [...base.files.keys()].filter((path) => !present.has(path)) : [];
  return gathering.finish(new Set(missing));
}
