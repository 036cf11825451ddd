import { z } from "zod";
import type { Actor, Subject } from "../core/subject.ts";
import type { Forge, PostedComment } from "../ports/forge.ts";
import { all, need, seek, settle } from "./calls.ts";
import type { Calls } from "./calls.ts";
import type { Markers } from "./marker.ts";

export interface CommentParts {
  readonly calls: Calls;
  readonly markers: Markers;
  readonly appId: number;
}

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
const actorOf = ({ user, performed_via_github_app: app }: Comment): Actor => ({
  id: user?.id ?? 0,
  login: user?.login ?? "ghost",
  type: user?.type ?? "User",
  viaApp: app != null,
});

/** What people see of a comment: for our own, the text as it was given to be posted. */
function textOf(parts: CommentParts, subject: Subject, comment: Comment): string {
  const text = comment.body ?? "";
  return isMine(comment, parts.appId) ? (parts.markers.read(subject, text)?.body ?? text) : text;
}

const listAll = (parts: CommentParts, subject: Subject): Promise<Comment[]> =>
  all(parts.calls, {
    subject,
    purpose: "talk",
    action: "list the comments",
    schema: z.array(Comment),
    send: (octokit, page) =>
      octokit.rest.issues.listComments({ ...at(subject), issue_number: subject.issue, per_page: 100, page }),
  });

export async function readComments(parts: CommentParts, subject: Subject): ReturnType<Forge["comments"]> {
  const comments = await listAll(parts, subject);
  return comments.map((comment) => ({
    id: comment.id,
    author: comment.user?.login ?? "ghost",
    body: textOf(parts, subject, comment),
    createdAt: comment.created_at,
    updatedAt: comment.updated_at,
    mine: isMine(comment, parts.appId),
    actor: actorOf(comment),
  }));
}

export async function readComment(parts: CommentParts, subject: Subject, id: number): ReturnType<Forge["comment"]> {
  const comment = await seek(parts.calls, {
    subject,
    purpose: "talk",
    action: "read a comment",
    schema: Comment,
    send: (octokit) => octokit.rest.issues.getComment({ ...at(subject), comment_id: id }),
  });
  if (comment === null) return null;
  return {
    body: textOf(parts, subject, comment),
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
export function postComment(
  parts: CommentParts,
  subject: Subject,
  { marker, body }: MarkedText,
): Promise<PostedComment> {
  const { calls, markers, appId } = parts;
  const look = async (): Promise<PostedComment | null> => {
    const comments = await listAll(parts, subject);
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
  parts: CommentParts,
  subject: Subject,
  { id, marker, body }: MarkedText & { readonly id: number },
): Promise<void> {
  await need(parts.calls, {
    subject,
    purpose: "talk",
    action: "edit a comment",
    schema: z.object({ id: z.int() }),
    send: (octokit) =>
      octokit.rest.issues.updateComment({
        ...at(subject),
        comment_id: id,
        body: parts.markers.sign(subject, marker, body),
      }),
  });
}
