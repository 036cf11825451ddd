import type { Sha } from "../core/ids.ts";
import type { CommitSpec } from "./forge.ts";

/** A repository of this host that commits and branches are written to, without a work tree. */
export interface LocalRepository {
  readonly gitDir: string;
  /** What is checked out: the branch's name, or `HEAD` when there is none, with its commit. */
  head(): Promise<{ readonly name: string; readonly sha: Sha }>;
  /** The commit that a name, or the beginning of a commit's id, stands for; null when there is none. */
  resolve(name: string): Promise<Sha | null>;
  /** Text of a regular file at a commit; null when absent, a link, above 1 MiB or not UTF-8. */
  text(sha: Sha, path: string): Promise<string | null>;
  commit(spec: CommitSpec): Promise<{ readonly sha: Sha; readonly treeSha: Sha }>;
  /** Throws `branch_taken` when the branch is at another commit. */
  createBranch(name: string, sha: Sha): Promise<void>;
  /** The unified diff from one commit to another. */
  diff(from: Sha, to: Sha): Promise<string>;
}
