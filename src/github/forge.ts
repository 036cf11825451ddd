import type { Subject } from "../core/subject.ts";
import type { Deliveries, Issues } from "../ports/deliveries.ts";
import type { Forge } from "../ports/forge.ts";
import { type App, type ForgeOptions, leasedApp, makeApp } from "./app.ts";
import { editComment, postComment, readComment, readComments, removeTwins } from "./comments.ts";
import { makeCommit } from "./commit.ts";
import { defaultBranch, readFile } from "./contents.ts";
import { makeDeliveries } from "./deliveries.ts";
import { makeIssues } from "./found.ts";
import type { AppInfo } from "./identity.ts";
import type { Door } from "./intake.ts";
import { addReaction, readIssue, readPermission } from "./issues.ts";
import { createBranch, openPullRequest } from "./publishing.ts";

export interface GitHubForge extends Forge {
  appInfo(): Promise<AppInfo>;
  /** A token that may only read this repository's contents, for `git fetch`. Opaque, of any length, good for at least 10 minutes. */
  installationToken(subject: Subject): Promise<string>;
}

/** The forge on GitHub or an Enterprise Server. Nothing is sent before it is asked. */
export const createForge = (options: ForgeOptions): GitHubForge => forgeOf(makeApp(options));

/** What was sent to the App and did not arrive, from GitHub's own record and from the issues. */
export function createInbox(options: ForgeOptions, door: Door): { deliveries: Deliveries; issues: Issues } {
  const app = makeApp(options);
  return { deliveries: makeDeliveries(app.octokit, app.calls.clock), issues: makeIssues(app, door) };
}

function forgeOf(app: App): GitHubForge {
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
    removeTwins: (subject, known) => removeTwins(app, subject, known),
    leased: (assertHeld) => forgeOf(leasedApp(app, assertHeld)),
    react: (subject, commentId, content) => addReaction(calls, subject, { commentId, content }),
    commit: async (subject, spec) => makeCommit(calls, subject, { spec, signature: await identity.signature(subject) }),
    createBranch: (subject, branch, sha) => createBranch(calls, subject, { branch, sha }),
    openPullRequest: (subject, spec) => openPullRequest(calls, subject, spec),
    revoke: (subject) => calls.tokens.revoke(subject),
    appInfo: () => identity.info(),
    installationToken: async (subject) => (await calls.tokens.get(subject, "fetch")).token,
  };
}
