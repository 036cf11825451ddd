import type { Json } from "./http.ts";
import { nodeId, userJson, viaAppJson } from "./shape-account.ts";
import { apiUrl, webUrl } from "./shape-repository.ts";
import {
  type Comment,
  commentsOf,
  type Issue,
  type Label,
  type LabelEvent,
  type Reaction,
  type Repository,
  type User,
  type World,
} from "./world.ts";

const CONTENTS = ["+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes"];

export const reactionJson = (world: World, reaction: Reaction): Json => ({
  id: reaction.id,
  node_id: nodeId("Reaction", reaction.id),
  user: userJson(world, reaction.user),
  content: reaction.content,
  created_at: reaction.createdAt,
});

const rollup = (url: string, reactions: readonly Reaction[]): Json => ({
  url: `${url}/reactions`,
  total_count: reactions.length,
  ...Object.fromEntries(
    CONTENTS.map((content) => [content, reactions.filter((reaction) => reaction.content === content).length]),
  ),
});

export const labelJson = (world: World, repository: Repository, label: Label): Json => ({
  id: label.id,
  node_id: nodeId("Label", label.id),
  url: `${apiUrl(world, repository)}/labels/${encodeURIComponent(label.name)}`,
  name: label.name,
  color: label.color,
  default: false,
  description: null,
});

export const labelEventJson = (world: World, repository: Repository, happened: LabelEvent): Json => ({
  id: happened.id,
  node_id: nodeId("LabeledEvent", happened.id),
  url: `${apiUrl(world, repository)}/issues/events/${happened.id}`,
  actor: userJson(world, happened.actor),
  event: happened.event,
  commit_id: null,
  commit_url: null,
  created_at: happened.createdAt,
  label: { name: happened.label.name, color: happened.label.color },
  performed_via_github_app: null,
});

function association(repository: Repository, user: User): string {
  if (user.id === repository.owner.id) return "OWNER";
  const role = repository.roles.get(user.id);
  return role === undefined || role === "none" ? "NONE" : "COLLABORATOR";
}

export function commentJson(world: World, repository: Repository, comment: Comment): Json {
  const url = `${apiUrl(world, repository)}/issues/comments/${comment.id}`;
  return {
    url,
    html_url: `${webUrl(world, repository)}/issues/${comment.issue}#issuecomment-${comment.id}`,
    issue_url: `${apiUrl(world, repository)}/issues/${comment.issue}`,
    id: comment.id,
    node_id: nodeId("IssueComment", comment.id),
    user: userJson(world, comment.user),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    body: comment.body,
    author_association: association(repository, comment.user),
    reactions: rollup(url, comment.reactions),
    performed_via_github_app: comment.viaApp ? viaAppJson(world, comment.user) : null,
  };
}

function pullLinks(world: World, repository: Repository, issue: Issue): Json {
  if (issue.pull === null) return {};
  const html = `${webUrl(world, repository)}/pull/${issue.number}`;
  const url = `${apiUrl(world, repository)}/pulls/${issue.number}`;
  return {
    draft: issue.pull.draft,
    pull_request: { url, html_url: html, diff_url: `${html}.diff`, patch_url: `${html}.patch`, merged_at: null },
  };
}

export function issueJson(world: World, repository: Repository, issue: Issue): Json {
  const url = `${apiUrl(world, repository)}/issues/${issue.number}`;
  const kind = issue.pull === null ? "issues" : "pull";
  return {
    url,
    repository_url: apiUrl(world, repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: `${webUrl(world, repository)}/${kind}/${issue.number}`,
    id: issue.id,
    node_id: nodeId("Issue", issue.id),
    number: issue.number,
    title: issue.title,
    user: userJson(world, issue.user),
    labels: issue.labels.map((label) => labelJson(world, repository, label)),
    state: issue.state,
    state_reason: issue.state === "closed" ? "completed" : null,
    locked: issue.locked,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: commentsOf(repository, issue.number).length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    author_association: association(repository, issue.user),
    active_lock_reason: null,
    body: issue.body,
    reactions: rollup(url, issue.reactions),
    performed_via_github_app: issue.viaApp ? viaAppJson(world, issue.user) : null,
    ...pullLinks(world, repository, issue),
  };
}

/** What `GET` of one issue adds to the form in lists and events. */
export const oneIssueJson = (world: World, repository: Repository, issue: Issue): Json => ({
  ...issueJson(world, repository, issue),
  closed_by: issue.closedBy === null ? null : userJson(world, issue.closedBy),
});
