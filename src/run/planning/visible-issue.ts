import { visibleText } from "../../core/text/hidden.ts";
import type { IssueSnapshot } from "../../core/subject.ts";
import { intakeOf, type StageContext } from "../stage.ts";

/** The issue as a reader of GitHub sees it, and how many parts were hidden from such a reader. */
export function visibleIssue(context: StageContext): { readonly issue: IssueSnapshot; readonly hidden: number } {
  const { issue } = intakeOf(context);
  const title = visibleText(issue.title);
  const body = visibleText(issue.body);
  const comments = issue.comments.map((comment) => ({ comment, read: visibleText(comment.body) }));
  const hidden = title.hidden + body.hidden + comments.reduce((sum, { read }) => sum + read.hidden, 0);
  const shown = comments.map(({ comment, read }) => ({ ...comment, body: read.text }));
  return { issue: { ...issue, title: title.text, body: body.text, comments: shown }, hidden };
}
