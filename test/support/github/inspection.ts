import { readBlob, readTree, refsOf } from "./git.ts";
import { type IssueHandle, placeOf, repositoryNamed, type RepositoryHandle } from "./people.ts";
import { type CheckRun, commentsOf, type World } from "./world.ts";

export interface SeenComment {
  readonly id: number;
  readonly author: string;
  readonly authorType: string;
  readonly viaApp: boolean;
  readonly body: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** `content` of each reaction with who gave it. */
  readonly reactions: readonly { readonly content: string; readonly user: string }[];
}

export interface SeenPullRequest {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly head: string;
  readonly headSha: string;
  readonly base: string;
  readonly draft: boolean;
  readonly state: "open" | "closed";
  readonly author: string;
}

export interface SeenFile {
  readonly mode: string;
  readonly sha: string;
  readonly content: string;
}

/** What a test looks at. Nothing here is logged as a request. */
export interface Inspection {
  /** Oldest first; of an issue or of a pull request. */
  readonly comments: (issue: IssueHandle) => readonly SeenComment[];
  readonly issue: (issue: IssueHandle) => {
    readonly state: "open" | "closed";
    readonly labels: readonly string[];
    readonly reactions: readonly { readonly content: string; readonly user: string }[];
  };
  /** Oldest first. */
  readonly pullRequests: (repository: RepositoryHandle) => readonly SeenPullRequest[];
  /** Branch name to SHA. */
  readonly branches: (repository: RepositoryHandle) => Promise<Readonly<Record<string, string>>>;
  readonly checkRuns: (repository: RepositoryHandle) => readonly CheckRun[];
  /** Every file at a ref, by path. */
  readonly tree: (repository: RepositoryHandle, ref: string) => Promise<Readonly<Record<string, SeenFile>>>;
}

export function createInspection(world: World): Inspection {
  const seen = (reactions: readonly { content: string; user: { login: string } }[]) =>
    reactions.map(({ content, user }) => ({ content, user: user.login }));
  return {
    comments(handle) {
      const { repository, issue } = placeOf(world, handle);
      return commentsOf(repository, issue.number).map(
        ({ id, user, viaApp, body, createdAt, updatedAt, reactions }) => ({
          id,
          author: user.login,
          authorType: user.type,
          viaApp,
          body,
          createdAt,
          updatedAt,
          reactions: seen(reactions),
        }),
      );
    },
    issue(handle) {
      const { issue } = placeOf(world, handle);
      return { state: issue.state, labels: issue.labels.map(({ name }) => name), reactions: seen(issue.reactions) };
    },
    pullRequests: (handle) =>
      [...repositoryNamed(world, handle).issues.values()].flatMap(({ number, title, body, state, user, pull }) =>
        pull === null
          ? []
          : [
              {
                number,
                title,
                body: body ?? "",
                head: pull.head,
                headSha: pull.headSha,
                base: pull.base,
                draft: pull.draft,
                state,
                author: user.login,
              },
            ],
      ),
    async branches({ directory }) {
      const heads = [...(await refsOf(directory))].filter(([ref]) => ref.startsWith("refs/heads/"));
      return Object.fromEntries(heads.map(([ref, sha]) => [ref.slice("refs/heads/".length), sha]));
    },
    checkRuns: (handle) => [...repositoryNamed(world, handle).checkRuns.values()],
    async tree({ directory }, ref) {
      const blobs = (await readTree(directory, ref, true)).filter((entry) => entry.type === "blob");
      const files = blobs.map(async ({ path, mode, sha }) => {
        const content = (await readBlob(directory, sha)).toString("utf8");
        return [path, { mode, sha, content }] as const;
      });
      return Object.fromEntries(await Promise.all(files));
    },
  };
}
