import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { JourneymanError } from "../core/errors.ts";
import type { Sha } from "../core/ids.ts";
import type { Subject } from "../core/subject.ts";
import type { BaseTree, BaseTrees } from "../ports/trees.ts";
import { readBaseText } from "./base-text.ts";
import type { GitSetup } from "./command.ts";
import type { Place } from "./disk-tree.ts";
import { readTree, writeFiles } from "./disk-tree.ts";
import { createLocks } from "./lock.ts";
import type { Owner } from "./materialize.ts";
import { ensureMirror, fetchCommit, treeOf } from "./mirror.ts";

/*
 * Base trees on this host: `mirrors/<host>/<repository>.git` holds objects, `trees/<host>/<repository>/<sha>` a commit's
 * `files` and their `listing`. A tree appears by one rename when it is complete and is never written to again.
 * Git never sees the files: they are written here, byte by byte, from what `cat-file` answers.
 */

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
}

function placeOf(dataDir: string, subject: Subject, sha: Sha): Place {
  const host = encodeURIComponent(subject.host).replace(/^\.+/, "");
  const repository = String(subject.repositoryId);
  return {
    subject,
    sha,
    gitDir: join(dataDir, "mirrors", host, `${repository}.git`),
    treeDir: join(dataDir, "trees", host, repository, sha),
  };
}

/** Base trees from bare mirrors that this process fetches and writes. */
export function createMirror(options: MirrorOptions): BaseTrees {
  const setup: GitSetup = {
    gitPath: options.gitPath ?? "git",
    allowedProtocols: options.allowedProtocols,
    caFile: options.caFile ?? null,
  };
  const owner = process.getuid?.() === 0 ? (options.chownTo ?? null) : null;
  const alone = createLocks();

  const prepare = async (place: Place, signal: AbortSignal): Promise<void> => {
    const { subject, sha, gitDir } = place;
    await ensureMirror(setup, gitDir, signal);
    let treeSha = await treeOf(setup, place, signal);
    if (treeSha === null) {
      const token = () => options.credential(subject);
      await fetchCommit(setup, { gitDir, sha, token, remote: options.remote(subject) }, signal);
      treeSha = await treeOf(setup, place, signal);
    }
    if (treeSha === null) throw new JourneymanError("base_gone", { sha });
    await writeFiles(setup, place, { treeSha, owner, signal });
  };

  const open = async (subject: Subject, sha: Sha, signal: AbortSignal): Promise<BaseTree> => {
    const place = placeOf(options.dataDir, subject, sha);
    const kept = await readTree(place);
    if (kept !== null) return kept;
    await mkdir(join(place.gitDir, ".."), { recursive: true, mode: 0o700 });
    return await alone(`${place.gitDir}.lock`, signal, async () => {
      if ((await readTree(place)) === null) await prepare(place, signal);
      const made = await readTree(place);
      if (made === null) throw new JourneymanError("mirror_failed", { reason: "the base tree is not on the disk" });
      return made;
    });
  };

  const guard = async <T>(work: Promise<T>, signal?: AbortSignal): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof JourneymanError) throw error;
      const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown";
      throw new JourneymanError("mirror_failed", { reason }, { cause: error });
    }
  };

  return {
    open: (subject, sha, signal) => guard(open(subject, sha, signal), signal),
    text: (tree, path) => guard(readBaseText(tree, path)),
  };
}
