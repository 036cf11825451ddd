import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { JourneymanError } from "../core/errors.ts";
import type { Sha } from "../core/ids.ts";
import { SETTINGS_PATH } from "../core/settings/settings.ts";
import type { Actor, Subject } from "../core/subject.ts";
import type { Forge, PullRequestSpec } from "../ports/forge.ts";
import type { LocalIssue } from "./issue-file.ts";
import { type KeptComment, openKept } from "./kept.ts";
import type { LocalRepository } from "../ports/local-repository.ts";

/*
 * A forge without a server: the issue comes from a file, the repository is one of this host, and what would be shown on a web page is
 * kept as files. A pull request is a branch there, beside its text (`pull-request.md`) and its patch (`change.patch`).
 */

export interface LocalForgeOptions {
  readonly subject: Subject;
  readonly issue: LocalIssue;
  readonly repository: Omit<LocalRepository, "gitDir">;
  /** Holds what is kept; made when it is not there. */
  readonly directory: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The commit to work from; without it what is checked out. */
  readonly base?: { readonly name: string; readonly sha: Sha };
  /** In place of the repository's own settings file, as its text. */
  readonly settings?: string;
}

/** Whoever sits at this machine: may do everything here. */
export const LOCAL_PERSON: Actor = { id: 1, login: "you", type: "User", viaApp: false };
const PROGRAM: Actor = { id: 0, login: "journeyman", type: "Bot", viaApp: false };

/** Older than any run. */
const LONG_AGO = "2000-01-01T00:00:00.000Z";

/** What the issue's file says that people wrote; each login is somebody else. */
function firstComments({ author, comments }: LocalIssue): KeptComment[] {
  const logins = [...new Set([author, ...comments.map((comment) => comment.author)])];
  const actorOf = (login: string): Actor =>
    login === LOCAL_PERSON.login ? LOCAL_PERSON : { ...LOCAL_PERSON, id: 2 + logins.indexOf(login), login };
  return comments.map(({ author: login, body }, place) => ({
    id: place + 1,
    actor: actorOf(login),
    body,
    marker: null,
    createdAt: LONG_AGO,
    updatedAt: LONG_AGO,
  }));
}

/** The text and the patch of what would be a pull request. */
async function writePullRequest(
  { repository, directory }: LocalForgeOptions,
  { branch, title, body, draft }: PullRequestSpec,
): Promise<void> {
  const head = await repository.resolve(`refs/heads/${branch}`);
  const parent = head === null ? null : await repository.resolve(`${head}^`);
  const patch = head === null || parent === null ? "" : await repository.diff(parent, head);
  await writeFile(join(directory, "change.patch"), patch);
  const heading = `# ${title}${draft ? " (draft)" : ""}\n\nBranch: \`${branch}\`\n\n`;
  await writeFile(join(directory, "pull-request.md"), `${heading}${body}\n`);
}

/** Never throws what GitHub would: nobody else writes here. Throws `github_missing` for another issue. */
export async function createLocalForge(options: LocalForgeOptions): Promise<Forge> {
  const { repository, directory, issue } = options;
  const kept = await openKept(directory, { comments: firstComments(issue), pullRequest: null });
  const comments = (): readonly KeptComment[] => kept.now().comments;
  const at = (): string => new Date(options.now()).toISOString();
  const urlOf = (name: string): string => pathToFileURL(join(directory, name)).href;
  const check = (subject: Subject): void => {
    const { repositoryId, issue: number } = options.subject;
    if (subject.repositoryId !== repositoryId || subject.issue !== number)
      throw new JourneymanError("github_missing", { what: `issue ${subject.issue}` });
  };

  const post = async (marker: string, body: string): Promise<number> => {
    const id = 1 + Math.max(0, ...comments().map((comment) => comment.id));
    const now = at();
    const posted = { id, actor: PROGRAM, body, marker, createdAt: now, updatedAt: now };
    await kept.change((before) => ({ ...before, comments: [...before.comments, posted] }));
    return id;
  };

  return {
    permission: (_, actor) => Promise.resolve(actor.id === LOCAL_PERSON.id ? "admin" : "none"),
    issue: async (subject) => {
      check(subject);
      const { title, body, author, labels } = issue;
      return { title, body, author, labels, state: "open", locked: false, isPullRequest: false };
    },
    comments: async (subject) => {
      check(subject);
      return comments().map(({ marker, ...comment }) => ({
        ...comment,
        author: comment.actor.login,
        mine: marker !== null,
      }));
    },
    comment: (_, id) => Promise.resolve(comments().find((comment) => comment.id === id) ?? null),
    defaultBranch: async () => options.base ?? (await repository.head()),
    file: (_, sha, path) =>
      path === SETTINGS_PATH && options.settings !== undefined
        ? Promise.resolve(options.settings)
        : repository.text(sha, path),
    postComment: async (_, marker, body) => {
      const known = comments().find((comment) => comment.marker === marker);
      const id = known?.id ?? (await post(marker, body));
      return { adopted: known !== undefined, id, url: `${urlOf("conversation.json")}#${id}` };
    },
    editComment: (_, id, { body }) =>
      kept.change((before) => ({
        ...before,
        comments: before.comments.map((comment) =>
          comment.id === id ? { ...comment, body, updatedAt: at() } : comment,
        ),
      })),
    react: () => Promise.resolve(),
    commit: (_, spec) => repository.commit(spec),
    createBranch: (_, branch, sha) => repository.createBranch(branch, sha),
    openPullRequest: async (_, spec) => {
      if (kept.now().pullRequest !== spec.branch) {
        await writePullRequest(options, spec);
        await kept.change((before) => ({ ...before, pullRequest: spec.branch }));
      }
      return { number: 1, url: urlOf("pull-request.md") };
    },
    revoke: () => Promise.resolve(),
  };
}
