import { visibleText } from "../../core/text/hidden.ts";
import type { IssueSnapshot } from "../../core/subject.ts";
import { MAX_COMMENT, MAX_COMMENTS, words } from "../../agent/sections.ts";
import { intakeOf, type StageContext } from "../stage.ts";

/*
 * Strangers decide how many comments an issue has and how long they are, and reading Markdown takes its time: only what can be shown to a
 * model is read, and once for all who ask.
 */

export interface VisibleIssue {
  readonly issue: IssueSnapshot;
  /** Parts that were hidden from a reader. */
  readonly hidden: number;
}

const known = new WeakMap<IssueSnapshot, VisibleIssue>();

/** The issue as a reader of GitHub sees it. Comments that are too old to be shown have no text. */
export function visibleIssue(context: StageContext): VisibleIssue {
  const { issue } = intakeOf(context);
  const seen = known.get(issue) ?? read(issue);
  known.set(issue, seen);
  return seen;
}

function read(issue: IssueSnapshot): VisibleIssue {
  const title = visibleText(issue.title);
  const body = visibleText(issue.body);
  const first = issue.comments.length - MAX_COMMENTS;
  const comments = issue.comments.map((comment, at) => ({
    comment,
    read: visibleText(at < first ? "" : comment.body.slice(0, 2 * MAX_COMMENT)),
  }));
  const hidden = title.hidden + body.hidden + comments.reduce((sum, each) => sum + each.read.hidden, 0);
  const shown = comments.map(({ comment, read: { text } }) => ({ ...comment, body: text }));
  return { issue: { ...issue, title: title.text, body: body.text, comments: shown }, hidden };
}

/** An answer behind a command, as the readers of its comment see it. */
export const visibleWords = (answer: string): string => words(answer);
