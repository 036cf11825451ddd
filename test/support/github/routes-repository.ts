import { commitJson, readCommit } from "./commits.ts";
import { getContents } from "./contents.ts";
import { branchSha, commitOf, refsOf } from "./git.ts";
import { type Call, notFound, ok, page, param, Refusal, type Reply, repositoryOf, type Route } from "./http.ts";
import { publicUserJson, userJson } from "./shape-account.ts";
import { apiPath, apiUrl, fullRepositoryJson, webUrl } from "./shape-repository.ts";
import { userByLogin } from "./world.ts";

function getRepository(call: Call): Reply {
  return ok(fullRepositoryJson(call.world, repositoryOf(call)));
}

async function getBranch(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const name = param(call, "branch");
  const sha = await branchSha(repository.directory, name);
  if (sha === null) throw new Refusal(404, "Branch not found");
  const url = `${apiUrl(call.world, repository)}/branches/${encodeURIComponent(name)}`;
  return ok({
    name,
    commit: commitJson(call.world, repository, await readCommit(repository.directory, sha)),
    _links: { self: url, html: `${webUrl(call.world, repository)}/tree/${name}` },
    protected: false,
    protection: {
      enabled: false,
      required_status_checks: { enforcement_level: "off", contexts: [], checks: [] },
    },
    protection_url: `${url}/protection`,
  });
}

async function listBranches(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const heads = [...(await refsOf(repository.directory))].filter(([ref]) => ref.startsWith("refs/heads/"));
  return page(call, `${apiPath(repository)}/branches`, heads, ([ref, sha]) => ({
    name: ref.slice("refs/heads/".length),
    commit: { sha, url: `${apiUrl(call.world, repository)}/commits/${sha}` },
    protected: false,
  }));
}

async function getCommit(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const name = param(call, "ref");
  const sha = await commitOf(repository.directory, name);
  if (sha === null) throw new Refusal(422, `No commit found for SHA: ${name}`);
  return ok(commitJson(call.world, repository, await readCommit(repository.directory, sha)));
}

const LEGACY: Readonly<Record<string, string>> = {
  admin: "admin",
  maintain: "write",
  write: "write",
  triage: "read",
  read: "read",
  none: "none",
};

/** The legacy permission of a role. A custom role is written `name:legacy`, such as `security:write`. */
export const legacyOf = (role: string): string => role.split(":")[1] ?? LEGACY[role] ?? "none";

function getPermission(call: Call): Reply {
  const { world } = call;
  const repository = repositoryOf(call);
  const user = userByLogin(world, param(call, "username"));
  if (user === undefined) throw new Refusal(404, `${param(call, "username")} is not a user`);
  const role = repository.roles.get(user.id) ?? (repository.private ? "none" : "read");
  const permission = legacyOf(role);
  const permissions = {
    admin: permission === "admin",
    maintain: permission === "admin" || role === "maintain",
    push: permission === "admin" || permission === "write",
    triage: permission === "admin" || permission === "write" || role === "triage",
    pull: permission !== "none",
  };
  const roleName = role === "none" ? "" : (role.split(":")[0] ?? role);
  return ok({ permission, role_name: roleName, user: { ...userJson(world, user), permissions, role_name: roleName } });
}

function getUser(call: Call): Reply {
  const user = userByLogin(call.world, param(call, "username"));
  if (user === undefined) throw notFound();
  return ok(publicUserJson(call.world, user));
}

const at = (tail: string): string => `/repos/{owner}/{repo}${tail}`;
const metadata = { as: "installation", needs: ["metadata", "read"] } as const;
const read = { as: "installation", needs: ["contents", "read"] } as const;

export const repositoryRoutes: readonly Route[] = [
  { method: "GET", path: at(""), ...metadata, run: getRepository },
  { method: "GET", path: at("/branches"), ...read, run: listBranches },
  { method: "GET", path: at("/branches/{branch}"), ...read, run: getBranch },
  { method: "GET", path: at("/commits/{ref}"), ...read, run: getCommit },
  { method: "GET", path: at("/contents/{path}"), ...read, run: getContents },
  { method: "GET", path: at("/collaborators/{username}/permission"), ...metadata, run: getPermission },
  { method: "GET", path: "/users/{username}", as: "installation", run: getUser },
];
