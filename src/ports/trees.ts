import type { FileMode } from "../core/change/change.ts";
import type { Sha } from "../core/ids.ts";
import type { Subject } from "../core/subject.ts";

export interface BaseFile {
  readonly path: string;
  /** `120000` a symlink; submodules are left out. */
  readonly mode: FileMode | "120000";
  readonly blob: Sha;
}

/** A commit's files on this host, written by the worker from git objects, never written to again. */
export interface BaseTree {
  readonly repositoryId: number;
  readonly sha: Sha;
  /** Tree object of the commit. */
  readonly treeSha: Sha;
  /** Absolute directory holding the files. */
  readonly directory: string;
  readonly files: ReadonlyMap<string, BaseFile>;
}

export interface BaseTrees {
  /** Fetches the commit into the repository's mirror if needed and writes its files once. Throws `mirror_failed`, `base_gone`, `base_unusable`. */
  open(subject: Subject, sha: Sha, signal: AbortSignal): Promise<BaseTree>;
  /** A regular file's text; null when it is absent, a link, larger than 1 MiB or not UTF-8. Never follows a link. */
  text(tree: BaseTree, path: string): Promise<string | null>;
}
