import type { Json } from "./http.ts";
import type { Installation, Repository, User, World } from "./world.ts";

const nodeId = (kind: string, id: number): string => Buffer.from(`${kind}${id}`).toString("base64");
export { nodeId };

export function userJson({ address: { api, web } }: World, user: User): Json {
  const url = `${api}/users/${encodeURIComponent(user.login)}`;
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId("User", user.id),
    avatar_url: `${web}/avatars/u/${user.id}`,
    gravatar_id: "",
    url,
    html_url: user.type === "Bot" ? `${web}/apps/${user.login.replace("[bot]", "")}` : `${web}/${user.login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    user_view_type: "public",
    site_admin: false,
  };
}

/** The fuller form that `GET /users/{username}` answers. */
export function publicUserJson(world: World, user: User): Json {
  return {
    ...userJson(world, user),
    name: null,
    company: null,
    blog: "",
    location: null,
    email: null,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: user.createdAt,
    updated_at: user.createdAt,
  };
}

export function appJson(world: World): Json {
  const { app, address } = world;
  const createdAt = app.owner.createdAt;
  return {
    id: app.id,
    slug: app.slug,
    client_id: `Iv1.${app.id.toString(16).padStart(16, "0")}`,
    node_id: nodeId("Integration", app.id),
    owner: userJson(world, app.owner),
    name: app.slug,
    description: "",
    external_url: address.web,
    html_url: `${address.web}/apps/${app.slug}`,
    created_at: createdAt,
    updated_at: createdAt,
    permissions: { metadata: "read", ...app.permissions },
    events: app.events,
  };
}

/** The App that acted for an account: ours for our own bot, another one for anybody else. */
export const viaAppJson = (world: World, user: User): Json =>
  user === world.app.bot
    ? appJson(world)
    : { ...appJson(world), id: world.app.id + 1_000_000, slug: "another-app", name: "another-app" };

export function installationJson(world: World, installation: Installation): Json {
  const { app, address } = world;
  const url = `${address.api}/app/installations/${installation.id}`;
  return {
    id: installation.id,
    client_id: `Iv1.${app.id.toString(16).padStart(16, "0")}`,
    account: userJson(world, installation.account),
    repository_selection: "selected",
    access_tokens_url: `${url}/access_tokens`,
    repositories_url: `${address.api}/installation/repositories`,
    html_url: `${address.web}/settings/installations/${installation.id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: installation.account.id,
    target_type: installation.account.type,
    permissions: { metadata: "read", ...app.permissions },
    events: app.events,
    created_at: installation.createdAt,
    updated_at: installation.createdAt,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: installation.suspendedAt === null ? null : userJson(world, app.owner),
    suspended_at: installation.suspendedAt,
  };
}

/** What installation events say about a repository. */
export const repositoryStub = (repository: Repository): Json => ({
  id: repository.id,
  node_id: nodeId("Repository", repository.id),
  name: repository.name,
  full_name: `${repository.owner.login}/${repository.name}`,
  private: repository.private,
});
