import { join } from "node:path";
import type { Sha } from "../core/ids.ts";
import type { Subject } from "../core/subject.ts";

/** Who owns the files of base trees. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** A commit as the mirror holds it. */
export interface Commit {
  readonly treeSha: Sha;
  /** What `git ls-tree -rz` says. */
  readonly listing: Buffer;
}

/** Where a commit's objects and files are on this host. */
export interface Place {
  readonly subject: Subject;
  readonly sha: Sha;
  readonly gitDir: string;
  /** Holds all trees of the repository. */
  readonly shelf: string;
  /** `files` and their `listing`. */
  readonly treeDir: string;
}

export function placeOf(dataDir: string, subject: Subject, sha: Sha): Place {
  const host = encodeURIComponent(subject.host).replace(/^\.+/, "");
  const repository = String(subject.repositoryId);
  const shelf = join(dataDir, "trees", host, repository);
  return {
    subject,
    sha,
    gitDir: join(dataDir, "mirrors", host, `${repository}.git`),
    shelf,
    treeDir: join(shelf, sha),
  };
}
