import { JourneymanError } from "../../core/errors.ts";
import { isSilent } from "../../core/fork.ts";
import { mayWrite } from "../../core/subject.ts";
import { required, type StageContext, subjectOf } from "../stage.ts";

const withdrawn = (login: string, reason: string): JourneymanError =>
  new JourneymanError("approval_withdrawn", { login, reason });

/**
 * The person who approved still may, and the comment that said so still stands as it was posted. Nothing is published by a fork that shows
 * nothing, and nobody on GitHub need have approved it. Throws `approval_withdrawn`.
 */
export async function assertApproval(context: StageContext): Promise<void> {
  if (isSilent(context.state())) return;
  const { forge } = context.world;
  const subject = subjectOf(context);
  const approval = required(context.state().approval, "approval");
  const { login } = approval.by;
  if (!mayWrite(await forge.permission(subject, approval.by))) throw withdrawn(login, "no write access any more");
  const command = context.state().answered.find((answered) => answered.index === approval.command);
  if (!command?.comment) return;
  const live = await forge.comment(subject, command.comment.id);
  if (live === null) throw withdrawn(login, "the approving comment was deleted");
  if (live.createdAt !== live.updatedAt) throw withdrawn(login, "the approving comment was edited");
}
