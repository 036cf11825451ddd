import { z } from "zod";
import { JourneymanError } from "../core/errors.ts";
import type { Actor, Permission, Subject } from "../core/subject.ts";
import type { Forge } from "../ports/forge.ts";
import { need, repeat, seek } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { errorOf } from "./failure.ts";

const Issue = z.object({
  number: z.int(),
  title: z.string(),
  body: z.string().nullish(),
  user: z.object({ id: z.int(), login: z.string() }).nullable(),
  state: z.enum(["open", "closed"]),
  locked: z.boolean().default(false),
  labels: z.array(z.union([z.string(), z.object({ name: z.string().nullish() })])),
  repository_url: z.string(),
  pull_request: z.unknown().optional(),
});

const at = (subject: Subject) => ({ owner: subject.owner, repo: subject.name });

export async function readIssue(calls: Calls, subject: Subject): ReturnType<Forge["issue"]> {
  const issue = await need(calls, {
    subject,
    purpose: "talk",
    action: `read issue #${subject.issue}`,
    schema: Issue,
    send: (octokit) => octokit.rest.issues.get({ ...at(subject), issue_number: subject.issue }),
  });
  if (!(await isOurs(calls, subject, issue)))
    throw new JourneymanError("github_missing", { what: `issue #${subject.issue}` });
  return {
    title: issue.title,
    body: issue.body ?? "",
    author: issue.user?.login ?? "ghost",
    ...(issue.user !== null && { authorId: issue.user.id }),
    state: issue.state,
    locked: issue.locked,
    labels: issue.labels.flatMap((label) => (typeof label === "string" ? label : (label.name ?? []))),
    isPullRequest: issue.pull_request != null,
  };
}

const Repository = z.object({ id: z.int(), full_name: z.string() });

/** A transferred issue answers with a redirect to its new repository, which the client follows; a renamed repository does too. */
async function isOurs(calls: Calls, subject: Subject, issue: z.infer<typeof Issue>): Promise<boolean> {
  if (issue.number !== subject.issue) return false;
  const home = (fullName: string): boolean =>
    issue.repository_url.toLowerCase().endsWith(`/repos/${fullName.toLowerCase()}`);
  if (home(`${subject.owner}/${subject.name}`)) return true;
  const repository = await need(calls, {
    subject,
    purpose: "talk",
    action: "read the repository",
    schema: Repository,
    send: (octokit) => octokit.rest.repos.get(at(subject)),
  });
  return repository.id === subject.repositoryId && home(repository.full_name);
}

const Granted = z.object({
  permission: z.enum(["admin", "write", "read", "none"]),
  role_name: z.string().optional(),
  user: z.object({ id: z.int() }).nullable(),
});

/**
 * What counts is GitHub's `permission`, which also says what a custom role amounts to; `role_name` only tells apart the two roles
 * that it folds into their neighbours. A failure is thrown: no answer is no permission.
 */
export async function readPermission(calls: Calls, subject: Subject, actor: Actor): Promise<Permission> {
  const granted = await seek(calls, {
    subject,
    purpose: "talk",
    action: "look up a permission",
    schema: Granted,
    send: (octokit) => octokit.rest.repos.getCollaboratorPermissionLevel({ ...at(subject), username: actor.login }),
  });
  if (granted === null || granted.user?.id !== actor.id) return "none";
  const { permission, role_name: role } = granted;
  if (permission === "write" && role === "maintain") return "maintain";
  return permission === "read" && role === "triage" ? "triage" : permission;
}

const Reaction = z.object({ id: z.int() });

/** The same reaction twice is one reaction, so it may be repeated. */
export async function addReaction(
  calls: Calls,
  subject: Subject,
  { commentId, content }: { readonly commentId: number | null; readonly content: "eyes" | "rocket" | "confused" },
): Promise<void> {
  const action = "react";
  const reply = await repeat(calls, {
    subject,
    purpose: "talk",
    write: "edited",
    action,
    schema: Reaction,
    send: (octokit) =>
      commentId === null
        ? octokit.rest.reactions.createForIssue({ ...at(subject), issue_number: subject.issue, content })
        : octokit.rest.reactions.createForIssueComment({ ...at(subject), comment_id: commentId, content }),
  });
  if (!reply.ok) throw errorOf(reply.failure, action, calls.clock.now());
}
