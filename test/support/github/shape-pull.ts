import { commitOf, git } from "./git.ts";
import type { Json } from "./http.ts";
import { nodeId, userJson } from "./shape-account.ts";
import { labelJson } from "./shape-issue.ts";
import { apiUrl, repositoryJson, webUrl } from "./shape-repository.ts";
import { commentsOf, type Issue, type PullRequest, type Repository, type World } from "./world.ts";

interface Parts {
  readonly world: World;
  readonly repository: Repository;
  readonly issue: Issue;
  readonly pull: PullRequest;
}

function branchJson({ world, repository }: Parts, ref: string, sha: string): Json {
  return {
    label: `${repository.owner.login}:${ref}`,
    ref,
    sha,
    user: userJson(world, repository.owner),
    repo: repositoryJson(world, repository),
  };
}

function links(url: string, html: string, { world, repository, issue, pull }: Parts): Readonly<Record<string, string>> {
  const issues = `${apiUrl(world, repository)}/issues/${issue.number}`;
  return {
    self: url,
    html,
    issue: issues,
    comments: `${issues}/comments`,
    review_comments: `${url}/comments`,
    review_comment: `${apiUrl(world, repository)}/pulls/comments{/number}`,
    commits: `${url}/commits`,
    statuses: `${apiUrl(world, repository)}/statuses/${pull.headSha}`,
  };
}

/** The form in lists. The head's SHA follows its branch. */
export async function pullJson(world: World, repository: Repository, issue: Issue, pull: PullRequest): Promise<Json> {
  const headSha = (await commitOf(repository.directory, `refs/heads/${pull.head}`)) ?? pull.headSha;
  const parts: Parts = { world, repository, issue, pull: { ...pull, headSha } };
  const url = `${apiUrl(world, repository)}/pulls/${issue.number}`;
  const html = `${webUrl(world, repository)}/pull/${issue.number}`;
  const hrefs = links(url, html, parts);
  return {
    url,
    id: issue.id + 1,
    node_id: nodeId("PullRequest", issue.id + 1),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: hrefs["issue"],
    number: issue.number,
    state: issue.state,
    locked: issue.locked,
    title: issue.title,
    user: userJson(world, issue.user),
    body: issue.body,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    merged_at: null,
    merge_commit_sha: null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: issue.labels.map((label) => labelJson(world, repository, label)),
    milestone: null,
    draft: pull.draft,
    commits_url: hrefs["commits"],
    review_comments_url: hrefs["review_comments"],
    review_comment_url: hrefs["review_comment"],
    comments_url: hrefs["comments"],
    statuses_url: hrefs["statuses"],
    head: branchJson(parts, pull.head, headSha),
    base: branchJson(parts, pull.base, pull.baseSha),
    _links: Object.fromEntries(Object.entries(hrefs).map(([name, href]) => [name, { href }])),
    author_association: "CONTRIBUTOR",
    auto_merge: null,
    active_lock_reason: null,
  };
}

/** The fuller form that one pull request answers, with the size of its change counted by git. */
export async function fullPullJson(
  world: World,
  repository: Repository,
  issue: Issue,
  pull: PullRequest,
): Promise<Json> {
  const head = (await commitOf(repository.directory, `refs/heads/${pull.head}`)) ?? pull.headSha;
  const range = `${pull.baseSha}...${head}`;
  const numbers = (await git(repository.directory, ["diff", "--numstat", "--no-renames", range]))
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t").slice(0, 2).map(Number));
  const sum = (column: number): number => numbers.reduce((total, row) => total + (row[column] || 0), 0);
  return {
    ...(await pullJson(world, repository, issue, pull)),
    merged: false,
    mergeable: true,
    rebaseable: true,
    mergeable_state: "clean",
    merged_by: null,
    comments: commentsOf(repository, issue.number).length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: Number(await git(repository.directory, ["rev-list", "--count", `${pull.baseSha}..${head}`])),
    additions: sum(0),
    deletions: sum(1),
    changed_files: numbers.length,
  };
}
