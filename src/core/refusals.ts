import type { ErrorDetails } from "./errors.ts";

/** Every reason a command can be refused for, and the sentence with the next thing to type. `{login}` is the person refused. */
export const REFUSALS = {
  not_a_person: "Only people can give commands here: this one came through a bot or an App.",
  permission_unknown:
    "GitHub did not tell what @{actor} may do here, so nothing was started. Post the command again in a minute.",
  no_permission: "@{actor} has `{permission}` access; this command needs write access. Ask a maintainer to post it.",
  comment_changed:
    "The comment was edited or deleted after it was posted, so it does not count. Post the command in a new comment.",
  unusable: "{problem}",
  no_run: "No run is open on this issue. Start one with `/plan`.",
  run_over: "The run on this issue is over. Start a new one with `/plan`.",
  not_an_issue: "This command works on issues, not on pull requests. Post it on the issue.",
  issue_closed: "The issue is closed. Reopen it and post the command again.",
  issue_locked: "The conversation is locked. Unlock it and post the command again.",
  no_plan: "There is no plan to decide on yet. It will be posted here; then repeat the command.",
  already_approved: "The plan `{digest}` was already approved by @{login} and is being worked on. `/stop` stops it.",
  digest_needed: "There are {count} plans on this issue. Name the one you mean: `/approve {digest}` is the newest.",
  wrong_digest: "`{given}` is not the open plan. Read the newest plan, then type `/approve {digest}`.",
  plan_edited:
    "The text of the plan comment was changed after it was posted, so it cannot be approved. Type `/plan` for a fresh one.",
  issue_changed: "The issue's title or text changed after the plan was made. Type `/plan` for a new plan.",
  model_unknown:
    "The price of model `{model}` is not known, so its budget cannot be kept. Leave `model=` out, or name another.",
  budget_too_high:
    "Only an admin may raise the budget above {ceiling}. Ask an admin to post the command, or name less.",
  budget_too_low:
    "{spent} is spent or reserved already, so nothing could be done with that budget. Name a higher one; `/stop` stops the run.",
  budget_same: "The budget of this run is {ceiling} already. Name another amount.",
  budget_not_enough:
    "{spent} of this run's budget is spent and the next call to the model may cost {needed}, so {given} would not get it any further. Comment `/budget ${offer}`.",
  budget_used_up: "The budget is used up, so `/retry` alone cannot go on. Comment `/budget ${offer}`.",
  settings_unread: "The settings of the repository are being read just now. Post the command again in a minute.",
  work_started:
    "The work on the approved plan has begun. Type `/stop` first, then `/plan` with what should be different.",
  no_question: "No question is open.",
  joined:
    "A run is already at work on this issue (`{run}`); this command joins it and changes nothing. `/stop` stops it.",
  stage_unreached:
    "The run has not come to the stage `{stage}`, so it cannot begin there anew. It has begun: {reached}.",
  went_on: "This run went on as another one (`{run}`). Post the command again: it is for that one.",
  not_parked: "The run is not held up, so there is nothing to retry. `/status` tells where it is.",
} as const;

export type RefusalReason = keyof typeof REFUSALS;

const isReason = (reason: string): reason is RefusalReason => Object.hasOwn(REFUSALS, reason);

/** The sentence of a refusal, placeholders filled. */
export function refusalSentence(reason: string, details: ErrorDetails): string {
  const sentence: string = isReason(reason) ? REFUSALS[reason] : "The command was refused.";
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole));
}
