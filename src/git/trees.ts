import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { JourneymanError } from "../core/errors.ts";
import type { Subject } from "../core/subject.ts";
import type { BaseTree, BaseTrees } from "../ports/trees.ts";
import { readBaseText } from "./base-text.ts";
import type { GitSetup } from "./command.ts";
import { openKept, writeFiles } from "./disk-tree.ts";
import { createLocks } from "./lock.ts";
import { ensureCommit } from "./mirror.ts";
import type { Owner, Place } from "./place.ts";
import { placeOf } from "./place.ts";
import { createUpkeep } from "./upkeep.ts";

/*
 * Base trees on this host: `mirrors/<host>/<repository>.git` holds objects, `trees/<host>/<repository>/<sha>` a commit's
 * `files` and their `listing`. A tree appears by one rename when it is complete and is never written to again.
 * Git never sees the files: they are written here, byte by byte, from what `cat-file` answers.
 */

const NO_ROOM = "no room left on the worker's disk";

/** Node tells it by a code, git in its own words. */
function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? error.code : null;
  return (
    code === "ENOSPC" || code === "EDQUOT" || /No space left on device|Disk quota exceeded/.test(String(error.cause))
  );
}

export interface MirrorOptions {
  readonly dataDir: string;
  /** Address of the repository, without any credential. */
  readonly remote: (subject: Subject) => string;
  /** A token that may read the repository. */
  readonly credential: (subject: Subject) => Promise<string>;
  readonly gitPath?: string;
  /** `http` is for a simulator on this host. */
  readonly allowedProtocols: GitSetup["allowedProtocols"];
  /** Who owns the files, when this process is root and may decide. */
  readonly chownTo?: Owner;
  /** PEM file with the authorities to trust instead of the system's. */
  readonly caFile?: string;
  /** How many of a repository's newest trees stay when nobody has opened them for long; 5 unless said otherwise. */
  readonly keptTrees?: number;
}

export interface Mirror extends BaseTrees {
  /** Settles when no tree is being removed and no spare is being made: before the directory is taken away. */
  settled(): Promise<void>;
}

const KEPT_TREES = 5;

/** Base trees from bare mirrors that this process fetches and writes. */
export function createMirror(options: MirrorOptions): Mirror {
  const setup: GitSetup = {
    gitPath: options.gitPath ?? "git",
    allowedProtocols: options.allowedProtocols,
    caFile: options.caFile ?? null,
  };
  const owner = process.getuid?.() === 0 ? (options.chownTo ?? null) : null;
  const alone = createLocks();
  const lockOf = ({ gitDir }: Pick<Place, "gitDir">) => `${gitDir}.lock`;
  const upkeep = createUpkeep({ alone, lockOf, owner, keep: options.keptTrees ?? KEPT_TREES });

  const openAlone = async (place: Place, signal: AbortSignal): Promise<BaseTree> => {
    const kept = await openKept(place, true);
    if (kept !== null) return kept;
    const { subject, sha, gitDir } = place;
    const token = () => options.credential(subject);
    const commit = await ensureCommit(setup, { gitDir, sha, token, remote: options.remote(subject) }, signal);
    const made = await writeFiles(setup, place, { commit, owner, signal });
    await upkeep.begin(place, made);
    return made;
  };

  const open: BaseTrees["open"] = async (subject, sha, signal) => {
    const place = placeOf(options.dataDir, subject, sha);
    const kept = await openKept(place, false);
    if (kept !== null) return kept;
    await mkdir(dirname(place.gitDir), { recursive: true, mode: 0o700 });
    return await alone(lockOf(place), signal, () => openAlone(place, signal));
  };

  const guard = async <T>(work: Promise<T>, signal?: AbortSignal): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      signal?.throwIfAborted();
      if (isDiskFull(error)) throw new JourneymanError("storage_unavailable", { reason: NO_ROOM }, { cause: error });
      if (error instanceof JourneymanError) throw error;
      const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown";
      throw new JourneymanError("mirror_failed", { reason }, { cause: error });
    }
  };

  return {
    open: (subject, sha, signal) => guard(open(subject, sha, signal), signal),
    text: (tree, path) => guard(readBaseText(tree, path)),
    settled: () => upkeep.settled(),
  };
}
