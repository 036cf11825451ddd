import { digestOf } from "../core/digest.ts";
import { parseCommand } from "../core/grammar.ts";
import type { DeliveryKeys, Intent } from "../core/intent.ts";
import type { Actor, Subject } from "../core/subject.ts";
import { CommentPayload, LabelPayload, shapeOf } from "./payload.ts";

/** Where a delivery arrived and which labels mean something there. */
export interface Door {
  /** GitHub's host, as in `Subject`. */
  readonly host: string;
  /** Labels that start a run. GitHub tells labels apart without regard to case. */
  readonly labels: readonly string[];
}

/**
 * What a delivery asks for; null for everything that is not a command of a person: other events, edited and deleted comments, bots, and
 * comments whose sender did not write them. A person acting through an App is kept, marked, so that the refusal can be said.
 */
export function readDelivery(payload: unknown, door: Door): Intent | null {
  const shape = shapeOf(payload);
  if (shape === "issue_comment") return readComment(payload, door);
  if (shape === "issues") return readLabel(payload, door);
  return null;
}

function readComment(payload: unknown, door: Door): Intent | null {
  const parsed = CommentPayload.safeParse(payload);
  if (!parsed.success) return null;
  const { comment, sender } = parsed.data;
  if (comment.user.id !== sender.id || isBot(comment.user) || isBot(sender)) return null;
  const command = parseCommand(comment.body);
  if (command === null) return null;
  return {
    ...whereOf(parsed.data, door.host),
    actor: actorOf(sender, comment.performed_via_github_app != null),
    command,
    comment: { id: comment.id, updatedAt: comment.updated_at },
  };
}

function readLabel(payload: unknown, door: Door): Intent | null {
  const parsed = LabelPayload.safeParse(payload);
  if (!parsed.success || isBot(parsed.data.sender)) return null;
  const added = parsed.data.label.name.toLowerCase();
  if (!door.labels.some((label) => label.toLowerCase() === added)) return null;
  return {
    ...whereOf(parsed.data, door.host),
    actor: actorOf(parsed.data.sender, false),
    command: { name: "plan", guidance: "", source: "label" },
    comment: null,
  };
}

const isBot = (user: { readonly type: string }): boolean => user.type === "Bot";

const actorOf = (
  user: { readonly id: number; readonly login: string; readonly type: string },
  viaApp: boolean,
): Actor => ({
  id: user.id,
  login: user.login,
  type: user.type,
  viaApp,
});

function whereOf(
  { issue, repository, installation }: CommentPayload | LabelPayload,
  host: string,
): Pick<Intent, "subject" | "title" | "isPullRequest"> {
  const subject: Subject = {
    host,
    installationId: installation.id,
    repositoryId: repository.id,
    owner: repository.owner.login,
    name: repository.name,
    issue: issue.number,
  };
  return { subject, title: issue.title, isPullRequest: issue.pull_request != null };
}

/**
 * The two names of a delivery. The second is made of the signed body alone, so a captured body sent again under a new id, however
 * much later, is still the same delivery.
 */
export function deliveryKeys(guid: string, payload: unknown, rawBody: Uint8Array): DeliveryKeys {
  return { id: guid, body: bodyKey(payload) ?? `body:${digestOf(rawBody)}` };
}

function bodyKey(payload: unknown): string | null {
  const comment = CommentPayload.safeParse(payload);
  if (comment.success) {
    const { repository, comment: written } = comment.data;
    return `issue_comment.created:${repository.id}:${written.id}:${written.updated_at}`;
  }
  const labeled = LabelPayload.safeParse(payload);
  return labeled.success ? labelName(labeled.data, labeled.data.issue.updated_at) : null;
}

const labelName = ({ repository, issue, label }: LabelPayload, updatedAt: string): string =>
  `issues.labeled:${repository.id}:${issue.id}:${label.name}:${updatedAt}`;

/** How far the time of an issue in a delivery may lie before and after the time of the event, in seconds. */
const DRIFT = { before: 2, after: 8 } as const;

/** Every name that the delivery of a label may have which was put on at about this time (milliseconds since 1970). */
export function labelNames(payload: unknown, time: number): readonly string[] {
  const labeled = LabelPayload.safeParse(payload);
  if (!labeled.success) return [];
  return Array.from({ length: DRIFT.before + 1 + DRIFT.after }, (_, place) => {
    const second = new Date(time + (place - DRIFT.before) * 1000).toISOString();
    return labelName(labeled.data, `${second.slice(0, 19)}Z`);
  });
}
