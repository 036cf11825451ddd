import { ok } from "node:assert/strict";
import { Subject } from "../../../src/core/subject.ts";
import { installationEvent, pushEvent } from "./events.ts";
import { branchSha } from "./git.ts";
import * as issues from "./issues.ts";
import { addRepository, commitFiles, type Files, type RepositorySpec } from "./repositories.ts";
import {
  type Doer,
  type Installation,
  installationOf,
  nextId,
  now,
  type Repository,
  type User,
  userByLogin,
  type World,
} from "./world.ts";

/** A GitHub role, a custom role as `name:legacy` such as `security:write`, or `none`. */
export type Role = "admin" | "maintain" | "write" | "triage" | "read" | "none" | `${string}:${string}`;

export interface RepositoryHandle {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly defaultBranch: string;
  /** The bare repository on disk. */
  readonly directory: string;
  /** SHA of a branch, the default branch unless told. */
  readonly headSha: (branch?: string) => Promise<string>;
  /** Commits files on a branch as a person would push them; null deletes. Answers the new SHA. */
  readonly push: (files: Files, message: string, options?: { branch?: string; by?: string }) => Promise<string>;
}

export interface IssueHandle {
  readonly repository: RepositoryHandle;
  readonly number: number;
}

/** What people do on GitHub. Users are named by their login; whoever is not known yet appears as a plain user without a role. */
export interface People {
  readonly user: (login: string, options?: { permission?: Role; type?: "User" | "Bot" }) => User;
  /** The login goes to a new person; the old one keeps id and roles under the new name. */
  readonly renameUser: (login: string, newLogin: string) => User;
  readonly setPermission: (repository: RepositoryHandle, login: string, role: Role) => void;
  readonly repository: (spec: RepositorySpec & { readonly owner?: string }) => Promise<RepositoryHandle>;
  readonly openIssue: (spec: { repo: RepositoryHandle; user: string; title: string; body: string }) => IssueHandle;
  readonly editIssue: (issue: IssueHandle, user: string, edit: issues.IssueEdit) => void;
  readonly closeIssue: (issue: IssueHandle, user: string) => void;
  readonly lockIssue: (issue: IssueHandle) => void;
  readonly label: (issue: IssueHandle, user: string, label: string) => void;
  readonly unlabel: (issue: IssueHandle, user: string, label: string) => void;
  /** Answers the comment's id. `viaApp` says that another App wrote it in the user's name. */
  readonly comment: (issue: IssueHandle, user: string, body: string, options?: { viaApp: boolean }) => number;
  readonly editComment: (issue: IssueHandle, user: string, edit: { id: number; body: string }) => void;
  readonly deleteComment: (issue: IssueHandle, user: string, id: number) => void;
  readonly suspendInstallation: (repository: RepositoryHandle) => void;
  readonly unsuspendInstallation: (repository: RepositoryHandle) => void;
  readonly removeInstallation: (repository: RepositoryHandle) => void;
  /** Takes one repository out of the installation. */
  readonly withdrawRepository: (repository: RepositoryHandle) => void;
  /** Puts one back, as whoever chooses repositories does. */
  readonly grantRepository: (repository: RepositoryHandle) => void;
  /** The issue in the words of the core. */
  readonly subject: (issue: IssueHandle) => Subject;
}

export function repositoryNamed(world: World, { id }: { readonly id: number }): Repository {
  const repository = world.repositories.get(id);
  ok(repository !== undefined, `no repository ${id}`);
  return repository;
}

export function placeOf(world: World, { repository: handle, number }: IssueHandle): issues.Place {
  const repository = repositoryNamed(world, handle);
  const issue = repository.issues.get(number);
  ok(issue !== undefined, `no issue ${number}`);
  return { world, repository, issue };
}

/** The user of this login; made when there is none. */
export function ensureUser(world: World, login: string, type: User["type"] = "User"): User {
  const found = userByLogin(world, login);
  if (found !== undefined) return found;
  const user: User = { id: nextId(world), login, type, createdAt: now(world) };
  world.users.set(user.id, user);
  return user;
}

/** The live installation on an account; `fresh` when it had to be made. */
export function ensureInstallation(world: World, account: User): { installation: Installation; fresh: boolean } {
  const found = [...world.installations.values()].find((one) => one.account === account && !one.removed);
  if (found !== undefined) return { installation: found, fresh: false };
  const installation: Installation = {
    id: nextId(world),
    account,
    createdAt: now(world),
    repositoryIds: new Set(),
    suspendedAt: null,
    removed: false,
  };
  world.installations.set(installation.id, installation);
  return { installation, fresh: true };
}

function handleOf(world: World, repository: Repository): RepositoryHandle {
  const { id, name, directory, defaultBranch } = repository;
  const headSha = async (branch = defaultBranch): Promise<string> => {
    const sha = await branchSha(directory, branch);
    ok(sha !== null, `no branch ${branch}`);
    return sha;
  };
  return {
    id,
    owner: repository.owner.login,
    name,
    defaultBranch,
    directory,
    headSha,
    async push(files, message, { branch = defaultBranch, by = repository.owner.login } = {}) {
      const before = (await branchSha(directory, branch)) ?? "0".repeat(40);
      const date = now(world);
      const after = await commitFiles(repository, branch, { files, message, date, author: by });
      repository.pushedAt = date;
      const doer = { user: ensureUser(world, by), viaApp: false };
      pushEvent(world, repository, { ref: `refs/heads/${branch}`, before, after, by: doer });
      return after;
    },
  };
}

/** What happens to an installation, and what the App hears of it. */
function installationsOf(world: World) {
  const installed = (handle: RepositoryHandle) => {
    const repository = repositoryNamed(world, handle);
    const installation = installationOf(world, repository);
    ok(installation !== undefined, `the App is not installed on ${repository.name}`);
    const repositories = [...installation.repositoryIds].map((id) => repositoryNamed(world, { id }));
    return { repository, installation, repositories };
  };
  return {
    suspendInstallation(handle: RepositoryHandle) {
      const { installation, repositories } = installed(handle);
      installation.suspendedAt = now(world);
      installationEvent(world, installation, { action: "suspend", repositories });
    },
    unsuspendInstallation(handle: RepositoryHandle) {
      const { installation, repositories } = installed(handle);
      installation.suspendedAt = null;
      installationEvent(world, installation, { action: "unsuspend", repositories });
    },
    removeInstallation(handle: RepositoryHandle) {
      const { installation, repositories } = installed(handle);
      installation.removed = true;
      installationEvent(world, installation, { action: "deleted", repositories });
    },
    withdrawRepository(handle: RepositoryHandle) {
      const { installation, repository } = installed(handle);
      installation.repositoryIds.delete(repository.id);
      installationEvent(world, installation, { action: "removed", repositories: [repository] });
    },
    grantRepository(handle: RepositoryHandle) {
      const repository = repositoryNamed(world, handle);
      const { installation } = ensureInstallation(world, repository.owner);
      installation.repositoryIds.add(repository.id);
      installationEvent(world, installation, { action: "added", repositories: [repository] });
    },
  };
}

/** What people do with issues and their comments. */
function issueActs(world: World) {
  const as = (login: string, viaApp = false): Doer => ({ user: ensureUser(world, login), viaApp });
  const commentIn = (issue: IssueHandle, id: number) => {
    const comment = repositoryNamed(world, issue.repository).comments.get(id);
    ok(comment !== undefined, `no comment ${id}`);
    return comment;
  };
  return {
    openIssue({ repo, user, title, body }: Parameters<People["openIssue"]>[0]): IssueHandle {
      const issue = issues.openIssue(world, repositoryNamed(world, repo), { by: as(user), title, body });
      return { repository: repo, number: issue.number };
    },
    editIssue: (issue: IssueHandle, user: string, edit: issues.IssueEdit) =>
      issues.editIssue(placeOf(world, issue), as(user), edit),
    closeIssue: (issue: IssueHandle, user: string) =>
      issues.editIssue(placeOf(world, issue), as(user), { state: "closed" }),
    lockIssue(issue: IssueHandle) {
      placeOf(world, issue).issue.locked = true;
    },
    label: (issue: IssueHandle, user: string, label: string) =>
      issues.addLabels(placeOf(world, issue), as(user), [label]),
    unlabel(issue: IssueHandle, user: string, label: string) {
      ok(issues.removeLabel(placeOf(world, issue), as(user), label), `no label ${label}`);
    },
    comment: (issue: IssueHandle, user: string, body: string, options = { viaApp: false }) =>
      issues.addComment(placeOf(world, issue), as(user, options.viaApp), body).id,
    editComment: (issue: IssueHandle, user: string, { id, body }: { id: number; body: string }) =>
      issues.editComment(placeOf(world, issue), commentIn(issue, id), { by: as(user), body }),
    deleteComment: (issue: IssueHandle, user: string, id: number) =>
      issues.deleteComment(placeOf(world, issue), commentIn(issue, id), as(user)),
  };
}

export function createPeople(world: World): People {
  /** Roles that hold in every repository, those of the future too. */
  const everywhere = new Map<number, Role>();
  return {
    ...installationsOf(world),
    ...issueActs(world),
    user(login, { permission, type = "User" } = {}) {
      const user = ensureUser(world, login, type);
      if (permission === undefined) return user;
      everywhere.set(user.id, permission);
      for (const repository of world.repositories.values()) repository.roles.set(user.id, permission);
      return user;
    },
    renameUser(login, newLogin) {
      const user = userByLogin(world, login);
      ok(user !== undefined, `no user ${login}`);
      user.login = newLogin;
      return ensureUser(world, login);
    },
    setPermission(repository, login, role) {
      repositoryNamed(world, repository).roles.set(ensureUser(world, login).id, role);
    },
    async repository({ owner = "acme", ...spec }) {
      const account = ensureUser(world, owner, "Organization");
      const repository = await addRepository(world, account, spec);
      for (const [id, role] of everywhere) repository.roles.set(id, role);
      const { installation, fresh } = ensureInstallation(world, account);
      installation.repositoryIds.add(repository.id);
      installationEvent(world, installation, { action: fresh ? "created" : "added", repositories: [repository] });
      return handleOf(world, repository);
    },
    subject: ({ repository: handle, number }) =>
      Subject.parse({
        host: world.address.host,
        installationId: installationOf(world, repositoryNamed(world, handle))?.id,
        repositoryId: handle.id,
        owner: handle.owner,
        name: handle.name,
        issue: number,
      }),
  };
}
