import type { Subject } from "../core/subject.ts";
import type { Forge } from "../ports/forge.ts";
import { makeApp } from "./app.ts";
import type { ForgeOptions } from "./app.ts";
import { editComment, postComment, readComment, readComments } from "./comments.ts";
import { makeCommit } from "./commit.ts";
import { defaultBranch, readFile } from "./contents.ts";
import type { AppInfo } from "./identity.ts";
import { addReaction, readIssue, readPermission } from "./issues.ts";
import { createBranch, openPullRequest } from "./publishing.ts";

export interface GitHubForge extends Forge {
  appInfo(): Promise<AppInfo>;
  /** A token that may only read this repository's contents, for `git fetch`. Opaque, of any length, good for at least 10 minutes. */
  installationToken(subject: Subject): Promise<string>;
}

/** The forge on GitHub or an Enterprise Server. Nothing is sent before it is asked. */
export function createForge(options: ForgeOptions): GitHubForge {
  const app = makeApp(options);
  const { calls, identity } = app;
  return {
    permission: (subject, actor) => readPermission(calls, subject, actor),
    issue: (subject) => readIssue(calls, subject),
    comments: (subject) => readComments(app, subject),
    comment: (subject, id) => readComment(app, subject, id),
    defaultBranch: (subject) => defaultBranch(calls, subject),
    file: (subject, sha, path) => readFile(calls, subject, { sha, path }),
    postComment: (subject, marker, body) => postComment(app, subject, { marker, body }),
    editComment: (subject, id, text) => editComment(app, subject, { id, ...text }),
    react: (subject, commentId, content) => addReaction(calls, subject, { commentId, content }),
    commit: async (subject, spec) => makeCommit(calls, subject, { spec, signature: await identity.signature(subject) }),
    createBranch: (subject, branch, sha) => createBranch(calls, subject, { branch, sha }),
    openPullRequest: (subject, spec) => openPullRequest(calls, subject, spec),
    revoke: (subject) => calls.tokens.revoke(subject),
    appInfo: () => identity.info(),
    installationToken: async (subject) => (await calls.tokens.get(subject, "fetch")).token,
  };
}
