import type { FileMode } from "../core/change/change.ts";
import type { Sha } from "../core/ids.ts";
import type { Actor, IssueSnapshot, Permission, Subject } from "../core/subject.ts";

export interface PostedComment {
  /** It was there already, perhaps with another body. */
  readonly adopted: boolean;
  readonly id: number;
  readonly url: string;
}

/** What is committed: bytes that were checked, against the base tree. */
export interface CommitSpec {
  readonly baseSha: Sha;
  readonly message: string;
  /** ISO 8601; fixed by the run so that a repeat gives the same commit. */
  readonly date: string;
  readonly files: readonly { readonly path: string; readonly mode: FileMode; readonly bytes: Uint8Array }[];
  readonly deleted: readonly string[];
}

export interface PullRequestSpec {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
}

/**
 * Reads go straight through; every write may be repeated after a doubtful answer and is looked up by its natural key first.
 * Throws `github_unavailable`, `github_limited`, `github_forbidden`, `github_missing`, `installation_gone`.
 */
export interface Forge {
  /** Live permission of the user with this numeric id; a login that now belongs to another id gives `none`. */
  permission(subject: Subject, actor: Actor): Promise<Permission>;
  issue(subject: Subject): Promise<{
    readonly title: string;
    readonly body: string;
    readonly author: string;
    /** Absent where there are no accounts, and for an account that was deleted. */
    readonly authorId?: number;
    readonly state: "open" | "closed";
    readonly locked: boolean;
    readonly labels: readonly string[];
    readonly isPullRequest: boolean;
  }>;
  /** Oldest first; `mine` marks the App's own. */
  comments(subject: Subject): Promise<
    readonly (IssueSnapshot["comments"][number] & {
      readonly createdAt: string;
      readonly updatedAt: string;
      readonly mine: boolean;
      readonly actor: Actor;
    })[]
  >;
  /** Null when it was deleted. */
  comment(
    subject: Subject,
    id: number,
  ): Promise<{
    readonly body: string;
    readonly createdAt: string;
    readonly updatedAt: string;
    readonly actor: Actor;
  } | null>;
  defaultBranch(subject: Subject): Promise<{ readonly name: string; readonly sha: Sha }>;
  /** Text of a file at a commit; null when absent or not UTF-8 text below 1 MiB. */
  file(subject: Subject, sha: Sha, path: string): Promise<string | null>;
  /** Posts once per marker: an earlier comment by this App that carries it is adopted. The marker is added to the body by the driver. */
  postComment(subject: Subject, marker: string, body: string): Promise<PostedComment>;
  editComment(subject: Subject, id: number, text: { readonly marker: string; readonly body: string }): Promise<void>;
  /** On the comment, or on the issue when null. */
  react(subject: Subject, commentId: number | null, content: "eyes" | "rocket" | "confused"): Promise<void>;
  commit(subject: Subject, spec: CommitSpec): Promise<{ readonly sha: Sha; readonly treeSha: Sha }>;
  /** Creates the branch at `sha`, or adopts it when it already is there. Throws `branch_taken`. Never moves a branch. */
  createBranch(subject: Subject, branch: string, sha: Sha): Promise<void>;
  openPullRequest(subject: Subject, spec: PullRequestSpec): Promise<{ readonly number: number; readonly url: string }>;
  /** Removes comments of ours that carry the marker of another of ours. Of twins the one in `known` stays, else the oldest. */
  removeTwins?(subject: Subject, known: ReadonlySet<number>): Promise<void>;
  /**
   * The same forge for the holder of a lease: `assertHeld` is asked right before each request leaves and throws to keep it from leaving.
   * Tokens are given back when none of these forges needs them.
   */
  leased?(assertHeld: () => void): Forge;
  /** Gives back the tokens held for this repository; best effort. */
  revoke(subject: Subject): Promise<void>;
}
