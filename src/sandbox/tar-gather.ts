import type { FileMode, RefusedEntry } from "../core/change.ts";
import { blobSha } from "../core/digest.ts";
import type { Sha } from "../core/ids.ts";
import { checkBasePath, checkPath, checkShape, gitPartOf } from "../core/paths.ts";
import { CHANGE_LIMITS } from "../core/policy.ts";
import type { CollectedFile } from "../ports/sandbox.ts";
import type { BaseFile, BaseTree } from "../ports/trees.ts";
import { readBody } from "./tar-body.ts";
import type { TarEntry } from "./tar-entries.ts";
import { caseless, indexOf } from "./tar-index.ts";

/*
 * What a reading of the workspace amounts to, entry by entry. Whatever the tar holds, what is kept is bounded: past a bound
 * the rest is refused in one line, and a refused entry keeps the change from being published.
 */

/** More than a change may hold, so that what is kept can still be shown; far less than would trouble a worker. */
export const KEPT = { files: 1000, bytes: 16 * 1024 * 1024, refused: 100 } as const;

export interface Rules {
  readonly base: BaseTree;
  /** Whether a path that is not in the base tree is left out. */
  readonly isIgnored: (path: string) => Promise<boolean>;
  /** The blob that counts as unchanged at a tracked path besides the base tree's own. */
  readonly isInstalled: (path: string, blob: Sha) => boolean;
}

const modeOf = (bits: number): FileMode => ((bits & 0o100) === 0 ? "100644" : "100755");
const SET_ID = 0o6000;

export function createGathering(rules: Rules) {
  const { base } = rules;
  const files: CollectedFile[] = [];
  const refused: RefusedEntry[] = [];
  const refusedPaths = new Set<string>();
  let bytes = 0;
  let ignored = 0;
  let beyond = 0;

  const refuse = (path: string, reason: RefusedEntry["reason"], detail: string): void => {
    if (refusedPaths.has(path)) return;
    if (refusedPaths.size < KEPT.refused) refused.push({ path, reason, detail });
    else beyond++;
    refusedPaths.add(path);
  };

  /** The name alone; true when the entry is done with. */
  const refuseName = (path: string, tracked: boolean): boolean => {
    const name = tracked ? checkBasePath(path) : checkPath(path);
    if (name.ok) return false;
    const git = gitPartOf(path);
    if (git !== null && git.split("/").at(-1) === ".git")
      refuse(git, "nested_git", "a repository inside the repository");
    else refuse(path, "bad_path", `it ${name.reason}`);
    return true;
  };

  const addLink = (entry: TarEntry, tracked: BaseFile | undefined): void => {
    const unchanged = tracked?.mode === "120000" && tracked.blob === blobSha(Buffer.from(entry.target));
    if (!unchanged) refuse(entry.path, "symlink", entry.target);
  };

  const addFile = async (entry: TarEntry, tracked: BaseFile | undefined): Promise<void> => {
    const { path, size } = entry;
    if ((entry.mode & SET_ID) !== 0) return refuse(path, "special_file", "a program that runs as its owner");
    const tooLarge = size > CHANGE_LIMITS.fileBytes;
    if (tooLarge && tracked === undefined) return refuse(path, "too_large", `${size} bytes`);
    const full = files.length >= KEPT.files || bytes + size > KEPT.bytes;
    const body = await readBody(entry.body, size, full ? -1 : CHANGE_LIMITS.fileBytes);
    const mode = modeOf(entry.mode);
    if (tracked !== undefined) {
      if (tracked.mode === mode && tracked.blob === body.blob) return;
      if (rules.isInstalled(path, body.blob)) return;
    }
    if (tooLarge) return refuse(path, "too_large", `${size} bytes`);
    if (body.bytes === null) return void beyond++;
    bytes += size;
    const status = tracked === undefined ? "added" : "modified";
    files.push({ status, path, mode, size, blob: body.blob, bytes: body.bytes });
  };

  const isLeftOut = async (path: string): Promise<boolean> => checkShape(path).ok && (await rules.isIgnored(path));

  return {
    refuse,
    /** Anything but a folder or a whiteout. */
    async add(entry: TarEntry): Promise<void> {
      const { path } = entry;
      const tracked = base.files.get(path);
      if (tracked === undefined && (await isLeftOut(path))) return void ignored++;
      if (refuseName(path, tracked !== undefined)) return;
      if (entry.redirected) return refuse(path, "special_file", "its content is kept elsewhere");
      if (entry.kind === "symlink") return addLink(entry, tracked);
      if (entry.kind !== "file") return refuse(path, "special_file", entry.words);
      await addFile(entry, tracked);
    },
    /** @param deleted paths of the base tree that are gone */
    finish(deleted: ReadonlySet<string>) {
      const kept = dropTwins(base, files, { deleted, refuse });
      if (beyond > 0) {
        refused.push({ path: "", reason: "too_many", detail: `${beyond} more entries than can be kept` });
      }
      return {
        files: kept.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
        deleted: [...deleted].sort(),
        refused: refused.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
        ignored,
      };
    },
  };
}

/** New files whose name differs only in case from another's are refused: on many systems one would hide the other. */
function dropTwins(
  base: BaseTree,
  files: readonly CollectedFile[],
  {
    deleted,
    refuse,
  }: { deleted: ReadonlySet<string>; refuse: (path: string, reason: "bad_path", detail: string) => void },
): CollectedFile[] {
  const added = files.filter((file) => file.status === "added");
  if (added.length === 0) return [...files];
  const { byLowerCase } = indexOf(base);
  const names = new Map<string, string>();
  const twins = new Set<string>();
  for (const { path } of added) {
    const name = caseless(path);
    const old = byLowerCase.get(name);
    const twin = names.get(name) ?? (old === undefined || deleted.has(old) ? undefined : old);
    names.set(name, path);
    if (twin === undefined) continue;
    twins.add(path);
    refuse(path, "bad_path", `its name differs only in case from ${twin}`);
  }
  return files.filter((file) => !twins.has(file.path));
}
