import type { KeyObject } from "node:crypto";
import type { Webhooks } from "./webhooks.ts";

/** What the simulated GitHub knows. Everything is in memory, but the git objects, which are in real bare repositories. */
export interface World {
  readonly address: Address;
  /** Milliseconds by which the simulator's clock is ahead of the machine's. */
  clockAhead: number;
  lastId: number;
  readonly app: App;
  readonly users: Map<number, User>;
  readonly installations: Map<number, Installation>;
  readonly repositories: Map<number, Repository>;
  readonly tokens: Token[];
  readonly requests: RequestLog[];
  /** What no client may do and this simulator may not answer: unknown routes, and whatever breaks GitHub's own schema. */
  readonly faults: string[];
  readonly webhooks: Webhooks;
}

export interface Address {
  /** `127.0.0.1:PORT`: what `GHE_HOST` takes. */
  readonly host: string;
  readonly web: string;
  readonly api: string;
  /** The folder that holds the bare repositories as `owner/name.git`. */
  readonly repositories: string;
}

export type Level = "read" | "write" | "admin";
export type Permissions = Readonly<Record<string, Level>>;

export interface App {
  readonly id: number;
  readonly slug: string;
  readonly publicKey: KeyObject;
  readonly webhookSecret: string;
  readonly permissions: Permissions;
  readonly events: readonly string[];
  readonly bot: User;
  readonly owner: User;
}

export interface User {
  readonly id: number;
  login: string;
  readonly type: "User" | "Bot" | "Organization";
  readonly createdAt: string;
}

/** Who does something. `viaApp` is set for the App's own requests. */
export interface Doer {
  readonly user: User;
  readonly viaApp: boolean;
}

export interface Installation {
  readonly id: number;
  readonly account: User;
  readonly createdAt: string;
  readonly repositoryIds: Set<number>;
  suspendedAt: string | null;
  removed: boolean;
}

export interface Token {
  /** Its place in the order of minting, from 1. */
  readonly id: number;
  readonly value: string;
  readonly installation: Installation;
  /** Null: every repository of the installation. */
  readonly repositoryIds: readonly number[] | null;
  readonly permissions: Permissions;
  /** The body of the request that minted it. */
  readonly request: unknown;
  readonly createdAt: string;
  readonly expiresAt: string;
  revokedAt: string | null;
}

export interface RequestLog {
  readonly at: string;
  readonly method: string;
  /** Without `/api/v3` and query. */
  readonly path: string;
  readonly query: string;
  /** The template that matched, such as `/repos/{owner}/{repo}`; null when none did. */
  route: string | null;
  /** What the client saw; null when the answer was withheld or the connection cut. */
  status: number | null;
  /** The status the handler gave, even when a fault hid it from the client; null when it never ran. */
  effect: number | null;
  /** Id of the installation token, `app` for the App's own JWT, null without credentials. */
  tokenId: number | "app" | null;
  readonly body: unknown;
}

export interface Label {
  readonly id: number;
  readonly name: string;
  readonly color: string;
}

export interface Reaction {
  readonly id: number;
  readonly user: User;
  readonly content: string;
  readonly createdAt: string;
}

export interface Comment {
  readonly id: number;
  readonly issue: number;
  readonly user: User;
  readonly viaApp: boolean;
  body: string;
  readonly createdAt: string;
  updatedAt: string;
  readonly reactions: Reaction[];
}

export interface PullRequest {
  readonly head: string;
  readonly headSha: string;
  readonly base: string;
  readonly baseSha: string;
  readonly draft: boolean;
}

/** A label that was put on an issue or taken off. */
export interface LabelEvent {
  readonly id: number;
  readonly event: "labeled" | "unlabeled";
  readonly actor: User;
  readonly label: Label;
  readonly createdAt: string;
}

export interface Issue {
  readonly id: number;
  readonly number: number;
  readonly user: User;
  readonly viaApp: boolean;
  title: string;
  body: string | null;
  state: "open" | "closed";
  locked: boolean;
  labels: Label[];
  /** Oldest first. */
  readonly labelEvents: LabelEvent[];
  readonly createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  closedBy: User | null;
  readonly reactions: Reaction[];
  /** Set when the issue is a pull request. */
  readonly pull: PullRequest | null;
}

export interface CheckRun {
  readonly id: number;
  readonly headSha: string;
  name: string;
  status: string;
  conclusion: string | null;
  detailsUrl: string | null;
  externalId: string;
  startedAt: string | null;
  completedAt: string | null;
  output: { readonly title: string | null; readonly summary: string | null; readonly text: string | null };
}

export interface Repository {
  readonly id: number;
  readonly owner: User;
  name: string;
  readonly private: boolean;
  readonly defaultBranch: string;
  /** The bare repository on disk. */
  readonly directory: string;
  readonly createdAt: string;
  pushedAt: string;
  readonly labels: Map<string, Label>;
  readonly issues: Map<number, Issue>;
  readonly comments: Map<number, Comment>;
  readonly checkRuns: Map<number, CheckRun>;
  /** Role by user id. */
  readonly roles: Map<number, string>;
}

/** ISO 8601 in whole seconds, as GitHub writes it. */
export const iso = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
export const nowMs = (world: World): number => Date.now() + world.clockAhead;
export const now = (world: World): string => iso(nowMs(world));
export const nextId = (world: World): number => ++world.lastId;

export const userByLogin = (world: World, login: string): User | undefined =>
  [...world.users.values()].find((user) => user.login.toLowerCase() === login.toLowerCase());

export const repositoryByName = (world: World, owner: string, name: string): Repository | undefined =>
  [...world.repositories.values()].find(
    (repository) =>
      repository.owner.login.toLowerCase() === owner.toLowerCase() &&
      repository.name.toLowerCase() === name.toLowerCase(),
  );

export const installationOf = (world: World, repository: Repository): Installation | undefined =>
  [...world.installations.values()].find(
    (installation) => !installation.removed && installation.repositoryIds.has(repository.id),
  );

export const commentsOf = (repository: Repository, issue: number): readonly Comment[] =>
  [...repository.comments.values()].filter((comment) => comment.issue === issue);
