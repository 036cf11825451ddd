import { z } from "zod";
import type { Actor, Subject } from "../core/subject.ts";
import type { Forge, PostedComment } from "../ports/forge.ts";
import type { App } from "./app.ts";
import { all, need, seek, settle } from "./calls.ts";

const Comment = z.object({
  id: z.int(),
  body: z.string().nullish(),
  html_url: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  user: z.object({ id: z.int(), login: z.string(), type: z.string() }).nullable(),
  performed_via_github_app: z.object({ id: z.int() }).nullish(),
});
type Comment = z.infer<typeof Comment>;

const at = (subject: Subject) => ({ owner: subject.owner, repo: subject.name });

/** Ours alone: a person may act through our App, and another App may copy our marker. */
const isMine = (comment: Comment, appId: number): boolean =>
  comment.user?.type === "Bot" && comment.performed_via_github_app?.id === appId;

/** A deleted account's comments carry no user; the id 0 is nobody's, so nothing is ever permitted to it. */
const actorOf = ({ user, performed_via_github_app: through }: Comment): Actor => ({
  id: user?.id ?? 0,
  login: user?.login ?? "ghost",
  type: user?.type ?? "User",
  viaApp: through != null,
});

/** What people see of a comment: for our own, the text as it was given to be posted. */
function textOf(app: App, subject: Subject, comment: Comment): string {
  const text = comment.body ?? "";
  return isMine(comment, app.id) ? (app.markers.read(subject, text)?.body ?? text) : text;
}

const listAll = (app: App, subject: Subject): Promise<Comment[]> =>
  all(app.calls, {
    subject,
    purpose: "talk",
    action: "list the comments",
    schema: z.array(Comment),
    send: (octokit, page) =>
      octokit.rest.issues.listComments({ ...at(subject), issue_number: subject.issue, per_page: 100, page }),
  });

export async function readComments(app: App, subject: Subject): ReturnType<Forge["comments"]> {
  const comments = await listAll(app, subject);
  return comments.map((comment) => ({
    id: comment.id,
    author: comment.user?.login ?? "ghost",
    body: textOf(app, subject, comment),
    createdAt: comment.created_at,
    updatedAt: comment.updated_at,
    mine: isMine(comment, app.id),
    actor: actorOf(comment),
  }));
}

export async function readComment(app: App, subject: Subject, id: number): ReturnType<Forge["comment"]> {
  const comment = await seek(app.calls, {
    subject,
    purpose: "talk",
    action: "read a comment",
    schema: Comment,
    send: (octokit) => octokit.rest.issues.getComment({ ...at(subject), comment_id: id }),
  });
  if (comment === null) return null;
  return {
    body: textOf(app, subject, comment),
    createdAt: comment.created_at,
    updatedAt: comment.updated_at,
    actor: actorOf(comment),
  };
}

export interface MarkedText {
  readonly marker: string;
  readonly body: string;
}

/** Posts once per marker. Of several that carry it the oldest is ours; a forged one is neither adopted nor in the way. */
export function postComment(app: App, subject: Subject, { marker, body }: MarkedText): Promise<PostedComment> {
  const { calls, markers, id: appId } = app;
  const look = async (): Promise<PostedComment | null> => {
    const comments = await listAll(app, subject);
    const ours = comments.find(
      (comment) => isMine(comment, appId) && markers.read(subject, comment.body ?? "")?.marker === marker,
    );
    return ours === undefined ? null : { id: ours.id, url: ours.html_url, adopted: true };
  };
  return settle(calls, {
    look,
    write: {
      subject,
      purpose: "talk",
      write: "seen",
      action: "comment on the issue",
      schema: Comment.transform(({ id, html_url: url }) => ({ id, url, adopted: false })),
      send: (octokit) =>
        octokit.rest.issues.createComment({
          ...at(subject),
          issue_number: subject.issue,
          body: markers.sign(subject, marker, body),
        }),
    },
  });
}

/** The same text twice is one text, so it may be repeated. */
export async function editComment(
  app: App,
  subject: Subject,
  { id, marker, body }: MarkedText & { readonly id: number },
): Promise<void> {
  await need(app.calls, {
    subject,
    purpose: "talk",
    write: "edited",
    action: "edit a comment",
    schema: z.object({ id: z.int() }),
    send: (octokit) =>
      octokit.rest.issues.updateComment({
        ...at(subject),
        comment_id: id,
        body: app.markers.sign(subject, marker, body),
      }),
  });
}

/**
 * Removes our comments that carry the marker of another of ours: two workers may both have posted, or a list did not show the first in
 * time. Of twins the one that is known stays, else the oldest.
 */
export async function removeTwins(app: App, subject: Subject, known: ReadonlySet<number>): Promise<void> {
  const ours = (await listAll(app, subject)).flatMap((comment) => {
    const marker = isMine(comment, app.id) ? app.markers.read(subject, comment.body ?? "")?.marker : undefined;
    return marker === undefined ? [] : [{ id: comment.id, marker }];
  });
  for (const twins of Map.groupBy(ours, ({ marker }) => marker).values()) {
    const kept = twins.find(({ id }) => known.has(id)) ?? twins[0];
    for (const { id } of twins) if (id !== kept?.id && !known.has(id)) await deleteComment(app, subject, id);
  }
}

async function deleteComment(app: App, subject: Subject, id: number): Promise<void> {
  await seek(app.calls, {
    subject,
    purpose: "talk",
    action: "delete a comment",
    schema: z.unknown(),
    send: (octokit) => octokit.rest.issues.deleteComment({ ...at(subject), comment_id: id }),
  });
}
