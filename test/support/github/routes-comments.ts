import { z } from "zod";
import {
  type Call,
  created,
  doer,
  invalid,
  issueOf,
  notFound,
  ok,
  page,
  param,
  Refusal,
  type Reply,
  repositoryOf,
  type Route,
} from "./http.ts";
import { addComment, deleteComment, editComment, react } from "./issues.ts";
import { commentJson, reactionJson } from "./shape-issue.ts";
import { apiPath } from "./shape-repository.ts";
import { type Comment, commentsOf, type Reaction } from "./world.ts";

/** GitHub's limit for the body of a comment, in characters. */
const BODY_LIMIT = 65_536;

function commentOf(call: Call): Comment {
  const comment = repositoryOf(call).comments.get(Number(param(call, "comment_id")));
  if (comment === undefined) throw notFound();
  return comment;
}

function bodyOf(call: Call): string {
  const { body } = z.object({ body: z.string() }).parse(call.body);
  if (body.trim() === "") throw invalid("IssueComment", "body", "body cannot be blank");
  if (body.length > BODY_LIMIT) throw invalid("IssueComment", "body", "body is too long (maximum is 65536 characters)");
  return body;
}

/** The comment's issue, for a comment that the path names by its own id. */
function placeOf(call: Call, comment: Comment) {
  const repository = repositoryOf(call);
  const issue = repository.issues.get(comment.issue);
  if (issue === undefined) throw notFound();
  return { world: call.world, repository, issue };
}

function listComments(call: Call): Reply {
  const repository = repositoryOf(call);
  const { number } = issueOf(call);
  const since = call.query.get("since");
  const comments = commentsOf(repository, number).filter(
    ({ updatedAt }) => since === null || Date.parse(updatedAt) >= Date.parse(since),
  );
  const path = `${apiPath(repository)}/issues/${number}/comments`;
  return page(call, path, comments, (comment) => commentJson(call.world, repository, comment));
}

function postComment(call: Call): Reply {
  const { world } = call;
  const repository = repositoryOf(call);
  const issue = issueOf(call);
  const body = bodyOf(call);
  if (issue.locked) throw new Refusal(403, "Unable to create comment because issue is locked.");
  return created(commentJson(world, repository, addComment({ world, repository, issue }, doer(call), body)));
}

const getComment = (call: Call): Reply => ok(commentJson(call.world, repositoryOf(call), commentOf(call)));

function patchComment(call: Call): Reply {
  const comment = commentOf(call);
  editComment(placeOf(call, comment), comment, { by: doer(call), body: bodyOf(call) });
  return getComment(call);
}

function removeComment(call: Call): Reply {
  const comment = commentOf(call);
  deleteComment(placeOf(call, comment), comment, doer(call));
  return { status: 204 };
}

type Holder = (call: Call) => { readonly reactions: Reaction[]; readonly path: string };
const onIssue: Holder = (call) => {
  const { reactions, number } = issueOf(call);
  return { reactions, path: `/issues/${number}/reactions` };
};
const onComment: Holder = (call) => {
  const { reactions, id } = commentOf(call);
  return { reactions, path: `/issues/comments/${id}/reactions` };
};

const postReaction =
  (holder: Holder) =>
  (call: Call): Reply => {
    const { content } = z.object({ content: z.string() }).parse(call.body);
    const { reaction, fresh } = react(call.world, holder(call).reactions, { by: doer(call), content });
    return { status: fresh ? 201 : 200, body: reactionJson(call.world, reaction) };
  };

const listReactions =
  (holder: Holder) =>
  (call: Call): Reply => {
    const { reactions, path } = holder(call);
    const content = call.query.get("content");
    const wanted = reactions.filter((reaction) => content === null || reaction.content === content);
    return page(call, `${apiPath(repositoryOf(call))}${path}`, wanted, (one) => reactionJson(call.world, one));
  };

const at = (tail: string): string => `/repos/{owner}/{repo}/issues/${tail}`;
const read = { as: "installation", needs: ["issues", "read"] } as const;
const write = { as: "installation", needs: ["issues", "write"] } as const;

export const commentRoutes: readonly Route[] = [
  { method: "GET", path: at("{issue_number}/comments"), ...read, run: listComments },
  { method: "POST", path: at("{issue_number}/comments"), ...write, run: postComment },
  { method: "GET", path: at("{issue_number}/reactions"), ...read, run: listReactions(onIssue) },
  { method: "POST", path: at("{issue_number}/reactions"), ...write, run: postReaction(onIssue) },
  { method: "GET", path: at("comments/{comment_id}"), ...read, run: getComment },
  { method: "PATCH", path: at("comments/{comment_id}"), ...write, run: patchComment },
  { method: "DELETE", path: at("comments/{comment_id}"), ...write, run: removeComment },
  { method: "GET", path: at("comments/{comment_id}/reactions"), ...read, run: listReactions(onComment) },
  { method: "POST", path: at("comments/{comment_id}/reactions"), ...write, run: postReaction(onComment) },
];
