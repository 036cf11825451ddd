import type { Json } from "./http.ts";
import { nodeId, repositoryStub, userJson } from "./shape-account.ts";
import type { Repository, World } from "./world.ts";

export const fullName = (repository: Repository): string => `${repository.owner.login}/${repository.name}`;
export const apiPath = (repository: Repository): string => `/repos/${fullName(repository)}`;
export const apiUrl = (world: World, repository: Repository): string => `${world.address.api}${apiPath(repository)}`;
export const webUrl = (world: World, repository: Repository): string => `${world.address.web}/${fullName(repository)}`;

/** `key_url` fields that are the repository's own address and a tail. */
const LINKS: readonly (readonly [string, string])[] = [
  ["archive", "/{archive_format}{/ref}"],
  ["assignees", "/assignees{/user}"],
  ["blobs", "/git/blobs{/sha}"],
  ["branches", "/branches{/branch}"],
  ["collaborators", "/collaborators{/collaborator}"],
  ["comments", "/comments{/number}"],
  ["commits", "/commits{/sha}"],
  ["compare", "/compare/{base}...{head}"],
  ["contents", "/contents/{+path}"],
  ["contributors", "/contributors"],
  ["deployments", "/deployments"],
  ["downloads", "/downloads"],
  ["events", "/events"],
  ["forks", "/forks"],
  ["git_commits", "/git/commits{/sha}"],
  ["git_refs", "/git/refs{/sha}"],
  ["git_tags", "/git/tags{/sha}"],
  ["hooks", "/hooks"],
  ["issue_comment", "/issues/comments{/number}"],
  ["issue_events", "/issues/events{/number}"],
  ["issues", "/issues{/number}"],
  ["keys", "/keys{/key_id}"],
  ["labels", "/labels{/name}"],
  ["languages", "/languages"],
  ["merges", "/merges"],
  ["milestones", "/milestones{/number}"],
  ["notifications", "/notifications{?since,all,participating}"],
  ["pulls", "/pulls{/number}"],
  ["releases", "/releases{/id}"],
  ["stargazers", "/stargazers"],
  ["statuses", "/statuses/{sha}"],
  ["subscribers", "/subscribers"],
  ["subscription", "/subscription"],
  ["tags", "/tags"],
  ["teams", "/teams"],
  ["trees", "/git/trees{/sha}"],
];

export function repositoryJson(world: World, repository: Repository): Json {
  const url = apiUrl(world, repository);
  const web = webUrl(world, repository);
  const open = [...repository.issues.values()].filter((issue) => issue.state === "open").length;
  return {
    ...repositoryStub(repository),
    owner: userJson(world, repository.owner),
    html_url: web,
    description: null,
    fork: false,
    url,
    ...Object.fromEntries(LINKS.map(([key, tail]) => [`${key}_url`, `${url}${tail}`])),
    created_at: repository.createdAt,
    updated_at: repository.pushedAt,
    pushed_at: repository.pushedAt,
    git_url: `git://${world.address.host}/${fullName(repository)}.git`,
    ssh_url: `git@${world.address.host}:${fullName(repository)}.git`,
    clone_url: `${web}.git`,
    svn_url: web,
    homepage: null,
    size: 1,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: true,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: false,
    disabled: false,
    open_issues_count: open,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repository.private ? "private" : "public",
    forks: 0,
    open_issues: open,
    watchers: 0,
    default_branch: repository.defaultBranch,
  };
}

/** The fuller form that `GET /repos/{owner}/{repo}` answers. */
export const fullRepositoryJson = (world: World, repository: Repository): Json => ({
  ...repositoryJson(world, repository),
  network_count: 0,
  subscribers_count: 0,
});

export const refJson = (world: World, repository: Repository, ref: string, sha: string): Json => ({
  ref,
  node_id: nodeId(`Ref:${ref}:`, repository.id),
  url: `${apiUrl(world, repository)}/git/${ref}`,
  object: { sha, type: "commit", url: `${apiUrl(world, repository)}/git/commits/${sha}` },
});
