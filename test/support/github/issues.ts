import { repositoryEvent } from "./events.ts";
import type { Json } from "./http.ts";
import { commentJson, issueJson, labelJson } from "./shape-issue.ts";
import {
  type Comment,
  type Doer,
  iso,
  type Issue,
  type Label,
  type LabelEvent,
  nextId,
  now,
  nowMs,
  type PullRequest,
  type Reaction,
  type Repository,
  type World,
} from "./world.ts";

/** An issue in its place; what every change of an issue needs. */
export interface Place {
  readonly world: World;
  readonly repository: Repository;
  readonly issue: Issue;
}

/** An edit is always at least one second later than what it edits, so that a fast test can see it. */
const editedAt = (world: World, createdAt: string): string => iso(Math.max(nowMs(world), Date.parse(createdAt) + 1000));

function tell({ world, repository, issue }: Place, action: string, by: Doer, more: Json = {}): void {
  const details = { issue: issueJson(world, repository, issue), ...more };
  repositoryEvent(world, repository, { event: "issues", action, by, details });
}

function tellComment(
  { world, repository, issue }: Place,
  comment: Comment,
  by: Doer,
  what: Json & { action: string },
): void {
  const { action, ...more } = what;
  const details = {
    issue: issueJson(world, repository, issue),
    comment: commentJson(world, repository, comment),
    ...more,
  };
  repositoryEvent(world, repository, { event: "issue_comment", action, by, details });
}

/** Adds an issue, or a pull request when `pull` is given, without telling anybody. */
export function addIssue(
  world: World,
  repository: Repository,
  { by, title, body, pull = null }: { by: Doer; title: string; body: string | null; pull?: PullRequest | null },
): Issue {
  const number = Math.max(0, ...repository.issues.keys()) + 1;
  const issue: Issue = {
    id: nextId(world),
    number,
    user: by.user,
    viaApp: by.viaApp,
    title,
    body,
    state: "open",
    locked: false,
    labels: [],
    labelEvents: [],
    createdAt: now(world),
    updatedAt: now(world),
    closedAt: null,
    closedBy: null,
    reactions: [],
    pull,
  };
  // A pull request has an id of its own: one more than its issue's.
  if (pull !== null) nextId(world);
  repository.issues.set(number, issue);
  return issue;
}

export function openIssue(
  world: World,
  repository: Repository,
  what: { by: Doer; title: string; body: string },
): Issue {
  const issue = addIssue(world, repository, what);
  tell({ world, repository, issue }, "opened", what.by);
  return issue;
}

export interface IssueEdit {
  readonly title?: string | undefined;
  readonly body?: string | null | undefined;
  readonly state?: "open" | "closed" | undefined;
}

export function editIssue(place: Place, by: Doer, edit: IssueEdit): void {
  const { world, issue } = place;
  const changes: Record<string, Json> = {};
  if (edit.title !== undefined && edit.title !== issue.title) changes["title"] = { from: issue.title };
  if (edit.body !== undefined && edit.body !== issue.body) changes["body"] = { from: issue.body ?? "" };
  issue.title = edit.title ?? issue.title;
  if (edit.body !== undefined) issue.body = edit.body;
  issue.updatedAt = editedAt(world, issue.createdAt);
  if (Object.keys(changes).length > 0) tell(place, "edited", by, { changes });
  if (edit.state === undefined || edit.state === issue.state) return;
  issue.state = edit.state;
  issue.closedAt = edit.state === "closed" ? now(world) : null;
  issue.closedBy = edit.state === "closed" ? by.user : null;
  tell(place, edit.state === "closed" ? "closed" : "reopened", by);
}

/** The repository's label of this name; made when there is none. */
export function labelNamed(world: World, repository: Repository, name: string): Label {
  const found = repository.labels.get(name.toLowerCase());
  if (found !== undefined) return found;
  const label: Label = { id: nextId(world), name, color: "ededed" };
  repository.labels.set(name.toLowerCase(), label);
  return label;
}

function remember({ world, issue }: Place, by: Doer, what: Pick<LabelEvent, "event" | "label">): void {
  issue.updatedAt = now(world);
  issue.labelEvents.push({ id: nextId(world), actor: by.user, createdAt: issue.updatedAt, ...what });
}

export function addLabels(place: Place, by: Doer, names: readonly string[]): void {
  const { world, repository, issue } = place;
  for (const label of names.map((name) => labelNamed(world, repository, name))) {
    if (issue.labels.includes(label)) continue;
    issue.labels.push(label);
    remember(place, by, { event: "labeled", label });
    tell(place, "labeled", by, { label: labelJson(world, repository, label) });
  }
}

/** Whether the label was there to be taken off. */
export function removeLabel(place: Place, by: Doer, name: string): boolean {
  const { world, repository, issue } = place;
  const label = issue.labels.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (label === undefined) return false;
  issue.labels = issue.labels.filter((one) => one !== label);
  remember(place, by, { event: "unlabeled", label });
  tell(place, "unlabeled", by, { label: labelJson(world, repository, label) });
  return true;
}

export function addComment(place: Place, by: Doer, body: string): Comment {
  const { world, repository, issue } = place;
  const at = now(world);
  const comment: Comment = {
    id: nextId(world),
    issue: issue.number,
    user: by.user,
    viaApp: by.viaApp,
    body,
    createdAt: at,
    updatedAt: at,
    reactions: [],
  };
  repository.comments.set(comment.id, comment);
  issue.updatedAt = at;
  tellComment(place, comment, by, { action: "created" });
  return comment;
}

export function editComment(place: Place, comment: Comment, { by, body }: { by: Doer; body: string }): void {
  const from = comment.body;
  comment.body = body;
  comment.updatedAt = editedAt(place.world, comment.createdAt);
  tellComment(place, comment, by, { action: "edited", changes: { body: { from } } });
}

export function deleteComment(place: Place, comment: Comment, by: Doer): void {
  place.repository.comments.delete(comment.id);
  tellComment(place, comment, by, { action: "deleted" });
}

/** A reaction once per person and kind; `fresh` is false when it was there already. */
export function react(
  world: World,
  reactions: Reaction[],
  { by, content }: { by: Doer; content: string },
): { readonly reaction: Reaction; readonly fresh: boolean } {
  const found = reactions.find((one) => one.user.id === by.user.id && one.content === content);
  if (found !== undefined) return { reaction: found, fresh: false };
  const reaction = { id: nextId(world), user: by.user, content, createdAt: now(world) };
  reactions.push(reaction);
  return { reaction, fresh: true };
}
