import {
  type Call,
  type Json,
  created,
  notFound,
  ok,
  page,
  param,
  type Reply,
  repositoryOf,
  type Route,
} from "./http.ts";
import { appJson, installationJson } from "./shape-account.ts";
import { repositoryJson } from "./shape-repository.ts";
import { mint } from "./tokens.ts";
import { type Installation, installationOf, now, nowMs, type Token } from "./world.ts";

const RATE_LIMIT = 5000;

function installationNamed(call: Call): Installation {
  const found = call.world.installations.get(Number(param(call, "installation_id")));
  if (found === undefined || found.removed) throw notFound();
  return found;
}

const getApp = (call: Call): Reply =>
  ok({ ...appJson(call.world), installations_count: call.world.installations.size });

function listInstallations(call: Call): Reply {
  const { world } = call;
  const live = [...world.installations.values()].filter(({ removed }) => !removed);
  return page(call, "/app/installations", live, (installation) => installationJson(world, installation));
}

const getInstallation = (call: Call): Reply => ok(installationJson(call.world, installationNamed(call)));

function getRepositoryInstallation(call: Call): Reply {
  const installation = installationOf(call.world, repositoryOf(call));
  if (installation === undefined) throw notFound();
  return ok(installationJson(call.world, installation));
}

function repositoriesOf(call: Call, { installation, repositoryIds }: Token): readonly Json[] {
  const { world } = call;
  return [...world.repositories.values()]
    .filter(({ id }) => installation.repositoryIds.has(id) && (repositoryIds === null || repositoryIds.includes(id)))
    .map((repository) => repositoryJson(world, repository));
}

function createToken(call: Call): Reply {
  const token = mint(call.world, installationNamed(call), call.body);
  return created({
    token: token.value,
    expires_at: token.expiresAt,
    permissions: token.permissions,
    repository_selection: "selected",
    ...(token.repositoryIds === null ? {} : { repositories: repositoriesOf(call, token) }),
  });
}

const tokenOf = ({ identity }: Call): Token => {
  if (identity.kind !== "installation") throw notFound();
  return identity.token;
};

function listInstallationRepositories(call: Call): Reply {
  const repositories = repositoriesOf(call, tokenOf(call));
  const paged = page(call, "/installation/repositories", repositories, (repository) => repository);
  return {
    ...paged,
    body: { total_count: repositories.length, repository_selection: "selected", repositories: paged.body },
  };
}

function revokeToken(call: Call): Reply {
  tokenOf(call).revokedAt = now(call.world);
  return { status: 204 };
}

/** What an Enterprise Server says of itself, as far as the public description knows it. */
const getMeta = (): Reply => ok({ verifiable_password_authentication: true, hooks: ["127.0.0.1/32"] });

function getRateLimit(call: Call): Reply {
  const rate = {
    limit: RATE_LIMIT,
    used: 0,
    remaining: RATE_LIMIT,
    reset: Math.floor(nowMs(call.world) / 1000) + 3600,
  };
  return ok({ resources: { core: rate, search: rate }, rate });
}

export const appRoutes: readonly Route[] = [
  { method: "GET", path: "/app", as: "app", run: getApp },
  { method: "GET", path: "/app/installations", as: "app", run: listInstallations },
  { method: "GET", path: "/app/installations/{installation_id}", as: "app", run: getInstallation },
  { method: "POST", path: "/app/installations/{installation_id}/access_tokens", as: "app", run: createToken },
  { method: "GET", path: "/repos/{owner}/{repo}/installation", as: "app", run: getRepositoryInstallation },
  { method: "GET", path: "/installation/repositories", as: "installation", run: listInstallationRepositories },
  { method: "DELETE", path: "/installation/token", as: "installation", run: revokeToken },
  { method: "GET", path: "/meta", as: "none", run: getMeta },
  { method: "GET", path: "/rate_limit", as: "none", run: getRateLimit },
];
