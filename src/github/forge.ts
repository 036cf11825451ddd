import type { Subject } from "../core/subject.ts";
import type { Clock } from "../ports/clock.ts";
import type { Forge } from "../ports/forge.ts";
import { makeClient } from "./client.ts";
import { editComment, postComment, readComment, readComments } from "./comments.ts";
import type { CommentParts } from "./comments.ts";
import { makeCommit } from "./commit.ts";
import { defaultBranch, readFile } from "./contents.ts";
import { makeIdentity } from "./identity.ts";
import type { AppInfo } from "./identity.ts";
import { addReaction, readIssue, readPermission } from "./issues.ts";
import { makeMarkers } from "./marker.ts";
import { createBranch, openPullRequest } from "./publishing.ts";
import { makeTokens } from "./tokens.ts";

export interface ForgeOptions {
  readonly appId: number;
  /** PEM, PKCS#1 or PKCS#8. Comment markers are derived from it as well. */
  readonly privateKey: string;
  /** `github.com` or an Enterprise Server, with its port if it has one. */
  readonly host: string;
  readonly protocol?: "https" | "http";
  readonly clock: Clock;
  readonly userAgent: string;
  /** Overrides the REST address that follows from the host. */
  readonly baseUrl?: string;
  /** Longest that one request may take; 30 s unless told. */
  readonly timeoutMs?: number;
}

export interface GitHubForge extends Forge {
  appInfo(): Promise<AppInfo>;
  /** A token that may only read this repository's contents, for `git fetch`. Opaque, of any length, good for at least 10 minutes. */
  installationToken(subject: Subject): Promise<string>;
}

const REQUEST_MS = 30_000;

/** Where the REST API of a host is. Tenants of ghe.com have it on a host of its own, an Enterprise Server under a path. */
export function apiUrl(host: string, protocol: "https" | "http" = "https"): string {
  if (host === "github.com") return "https://api.github.com";
  return host.endsWith(".ghe.com") ? `${protocol}://api.${host}` : `${protocol}://${host}/api/v3`;
}

export function createForge(options: ForgeOptions): GitHubForge {
  const { appId, privateKey, host, clock } = options;
  const client = {
    baseUrl: options.baseUrl ?? apiUrl(host, options.protocol),
    userAgent: options.userAgent,
    timeoutMs: options.timeoutMs ?? REQUEST_MS,
  };
  const app = makeClient(client, { appId, privateKey });
  const tokens = makeTokens(app, client, clock);
  const calls = { clock, tokens };
  const identity = makeIdentity(app, calls, host.split(":", 1)[0] ?? host);
  const comments: CommentParts = { calls, appId, markers: makeMarkers(privateKey) };
  return {
    permission: (subject, actor) => readPermission(calls, subject, actor),
    issue: (subject) => readIssue(calls, subject),
    comments: (subject) => readComments(comments, subject),
    comment: (subject, id) => readComment(comments, subject, id),
    defaultBranch: (subject) => defaultBranch(calls, subject),
    file: (subject, sha, path) => readFile(calls, subject, { sha, path }),
    postComment: (subject, marker, body) => postComment(comments, subject, { marker, body }),
    editComment: (subject, id, marker, body) => editComment(comments, subject, { id, marker, body }),
    react: (subject, commentId, content) => addReaction(calls, subject, { commentId, content }),
    commit: async (subject, spec) => makeCommit(calls, subject, { spec, signature: await identity.signature(subject) }),
    createBranch: (subject, branch, sha) => createBranch(calls, subject, { branch, sha }),
    openPullRequest: (subject, spec) => openPullRequest(calls, subject, spec),
    revoke: (subject) => tokens.revoke(subject),
    appInfo: () => identity.info(),
    installationToken: async (subject) => (await tokens.get(subject, "fetch")).token,
  };
}
