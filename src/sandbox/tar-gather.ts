import type { FileMode } from "../core/change/change.ts";
import type { Sha } from "../core/ids.ts";
import { checkShape } from "../core/change/paths.ts";
import { CHANGE_LIMITS } from "../core/change/policy.ts";
import type { Collected, CollectedFile } from "../ports/sandbox.ts";
import type { BaseFile, BaseTree } from "../ports/trees.ts";
import { readBody } from "./tar-body.ts";
import type { TarEntry } from "./tar-entries.ts";
import { caseless, indexOf } from "./tar-index.ts";
import type { Refusals } from "./tar-refusals.ts";
import { createRefusals, refusalOf } from "./tar-refusals.ts";

/*
 * What a reading of the workspace amounts to, entry by entry. Whatever the tar holds, what is kept is bounded: past a bound
 * the rest is refused in one line, and a refused entry keeps the change from being published.
 */

/** More than a change may hold, so that what is kept can still be shown; far less than would trouble a worker. */
export const KEPT = { files: 1000, bytes: 16 * 1024 * 1024 } as const;

export interface Rules {
  readonly base: BaseTree;
  /** Whether a path that is not in the base tree is left out. */
  readonly isIgnored: (path: string) => Promise<boolean>;
  /** The blob that counts as unchanged at a tracked path besides the base tree's own. */
  readonly isInstalled: (path: string, blob: Sha) => boolean;
}

const modeOf = (bits: number): FileMode => ((bits & 0o100) === 0 ? "100644" : "100755");

/** Files that differ from the base tree, as far as they may be kept. */
function createKeeper(rules: Rules, refusals: Refusals) {
  const files: CollectedFile[] = [];
  let bytes = 0;
  const isUnchanged = (tracked: BaseFile, mode: FileMode, blob: Sha): boolean =>
    (tracked.mode === mode && tracked.blob === blob) || rules.isInstalled(tracked.path, blob);

  const add = async (entry: TarEntry, tracked: BaseFile | undefined): Promise<void> => {
    const { path, size } = entry;
    const tooLarge = size > CHANGE_LIMITS.fileBytes;
    if (tooLarge && tracked === undefined) return refusals.add(path, "too_large", `${size} bytes`);
    const full = files.length >= KEPT.files || bytes + size > KEPT.bytes;
    const body = await readBody(entry.body, size, full ? -1 : CHANGE_LIMITS.fileBytes);
    const mode = modeOf(entry.mode);
    if (tracked !== undefined && isUnchanged(tracked, mode, body.blob)) return;
    if (tooLarge) return refusals.add(path, "too_large", `${size} bytes`);
    if (body.bytes === null) return refusals.addUnnamed();
    bytes += size;
    const status = tracked === undefined ? "added" : "modified";
    files.push({ status, path, mode, size, blob: body.blob, bytes: body.bytes });
  };
  return { files, add };
}

export function createGathering(rules: Rules) {
  const { base } = rules;
  const refusals = createRefusals();
  const keeper = createKeeper(rules, refusals);
  let ignored = 0;
  const isLeftOut = async (path: string): Promise<boolean> => checkShape(path).ok && (await rules.isIgnored(path));

  return {
    refuse: refusals.add,
    /** Anything but a folder or a whiteout. */
    async add(entry: TarEntry): Promise<void> {
      const tracked = base.files.get(entry.path);
      if (tracked === undefined && (await isLeftOut(entry.path))) return void ignored++;
      const refusal = refusalOf(entry, tracked);
      if (refusal !== null) return refusals.add(refusal.path, refusal.reason, refusal.detail);
      if (entry.kind === "file") await keeper.add(entry, tracked);
    },
    /** @param deleted paths of the base tree that are gone */
    finish(deleted: ReadonlySet<string>): Collected {
      const kept = dropTwins(base, keeper.files, { deleted, refuse: refusals.add });
      return {
        files: kept.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
        deleted: [...deleted].sort(),
        refused: refusals.list(),
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
