import type { EventOf, RunEvent } from "./events.ts";
import type { Digest, RunId } from "./ids.ts";
import { decideBudget, refusedBudget } from "./decide-budget.ts";
import { decideRetry, wentOnAs } from "./decide-retry.ts";
import { fromUsd } from "./money/money.ts";
import { shortDigest } from "./plan.ts";
import type { ReceivedCommand, RunState } from "./state.ts";
import { type Actor, mayWrite, type Permission } from "./subject.ts";
import { refuse, type Verdict } from "./verdict.ts";

/*
 * Who may do what, and when. Owns: the answer to a command, given what was looked up live when it was considered.
 * Invariants: (1) a command is answered by exactly one `command.accepted` or `command.refused`; (2) nothing happens without an allow:
 * an unknown permission, an edited comment, a bot are refusals; (3) deciding twice about one command gives the same facts.
 */

/** What the considering worker looked up. A look-up that a command does not need may be null. */
export interface Lookups {
  /** Live permission of the actor; null when GitHub did not tell. */
  readonly permission: Permission | null;
  /** The comment as it is now: null when it is gone; label commands have none. */
  readonly comment: { readonly unedited: boolean } | null;
  readonly issue: { readonly digest: Digest; readonly state: "open" | "closed"; readonly locked: boolean } | null;
  /** Whether the posted plan comment still is what we wrote; null when not looked up. */
  readonly planIntact: boolean | null;
  /** Whether the model named by `model=…` has a known price; null when none was named. */
  readonly modelKnown: boolean | null;
  /** The id of the run that the command may found; null for a command that founds none. */
  readonly newRun: RunId | null;
}

const isPerson = (actor: Actor): boolean => actor.type === "User" && !actor.viaApp;

/** By id: a login may be given up and registered again by somebody else. Facts of older releases hold the login alone. */
function isAuthor({ intake }: RunState, actor: Actor): boolean {
  if (intake === null) return false;
  const { authorId, author } = intake.issue;
  return authorId === undefined ? author === actor.login : authorId === actor.id;
}

function mayAct(state: RunState, received: ReceivedCommand, permission: Permission): boolean {
  switch (received.command.name) {
    case "status":
    case "help":
      return permission !== "none";
    case "stop":
      return mayWrite(permission) || state.requester?.id === received.actor.id;
    case "answer":
      return mayWrite(permission) || (isAuthor(state, received.actor) && permission !== "none");
    default:
      return mayWrite(permission);
  }
}

function decidePlan(state: RunState, received: ReceivedCommand): Verdict {
  if (!state.accepted) return [];
  const guidance = received.command.name === "plan" ? received.command.guidance : "";
  const source = received.command.name === "plan" ? received.command.source : "comment";
  const waiting = state.approval === null && (state.plan !== null || state.question !== null);
  if (source === "label") return [];
  if (!waiting) return refuse("joined", { run: state.run });
  return [{ type: "plan.revised", command: received.index, revision: state.revisions, feedback: guidance }];
}

function staleness(state: RunState, plan: EventOf<"plan.proposed">, lookups: Lookups): Verdict | null {
  const digest = shortDigest(plan.digest);
  if (lookups.planIntact === false) return refuse("plan_edited", { digest });
  if (lookups.issue?.digest !== state.intake?.issueDigest) return refuse("issue_changed", { digest });
  return null;
}

function decideApprove(state: RunState, received: ReceivedCommand, lookups: Lookups): Verdict {
  if (received.command.name !== "approve") return [];
  const { digest, budgetUsd, model } = received.command;
  const plan = state.plan;
  if (plan === null) return refuse("no_plan");
  const open = shortDigest(plan.digest);
  if (state.approval !== null) return refuse("already_approved", { login: state.approval.by.login, digest: open });
  if (digest === null && state.revisions > 1) return refuse("digest_needed", { digest: open, count: state.revisions });
  if (digest !== null && !plan.digest.startsWith(digest))
    return refuse("wrong_digest", { digest: open, given: digest });
  const stale = staleness(state, plan, lookups);
  if (stale !== null) return stale;
  if (lookups.modelKnown === false) return refuse("model_unknown", { model: model ?? "" });
  const refused = budgetUsd === null ? null : refusedBudget(state, fromUsd(budgetUsd), lookups.permission);
  if (refused !== null) return refused;
  return [
    {
      type: "plan.approved",
      command: received.index,
      revision: plan.revision,
      digest: plan.digest,
      by: received.actor,
      budgetMicroUsd: budgetUsd === null ? null : fromUsd(budgetUsd),
      model,
    },
  ];
}

function decideRevise(state: RunState, received: ReceivedCommand): Verdict {
  if (received.command.name !== "revise") return [];
  if (state.approval !== null) return refuse("work_started");
  if (state.plan === null) return refuse("no_plan");
  return [
    { type: "plan.revised", command: received.index, revision: state.revisions, feedback: received.command.feedback },
  ];
}

function decideReject(state: RunState, received: ReceivedCommand): Verdict {
  if (received.command.name !== "reject") return [];
  if (state.approval !== null) return refuse("work_started");
  const reason = received.command.reason;
  return [
    { type: "plan.rejected", command: received.index, reason },
    { type: "run.finished", outcome: "rejected", code: null, details: { login: received.actor.login } },
  ];
}

function decideAnswer(state: RunState, received: ReceivedCommand): Verdict {
  if (received.command.name !== "answer") return [];
  if (state.question === null || state.question.answer !== null) return refuse("no_question");
  return [{ type: "question.answered", command: received.index, text: received.command.text }];
}

const decideStop = (received: ReceivedCommand): Verdict => [
  { type: "run.cancelled", command: received.index, reason: "stopped by a command" },
  { type: "run.finished", outcome: "cancelled", code: null, details: { login: received.actor.login } },
];

/** What the command does in this state, for somebody who may give it. */
function act(state: RunState, received: ReceivedCommand, lookups: Lookups): Verdict {
  const { command } = received;
  if (command.name === "unusable") return refuse("unusable", { problem: command.problem });
  if (command.name === "status" || command.name === "help") return [];
  const other = wentOnAs(state);
  if (other !== null) return refuse("went_on", { run: other });
  const isBegunAnew = command.name === "retry" && state.accepted;
  if (state.outcome !== null && !isBegunAnew) return refuse(state.accepted ? "run_over" : "no_run");
  if (!state.accepted && command.name !== "plan") return refuse("no_run");
  if (command.name === "stop") return decideStop(received);
  if (state.isPullRequest) return refuse("not_an_issue");
  if (lookups.issue?.state === "closed") return refuse("issue_closed");
  if (lookups.issue?.locked === true) return refuse("issue_locked");
  switch (command.name) {
    case "plan":
      return decidePlan(state, received);
    case "approve":
      return decideApprove(state, received, lookups);
    case "revise":
      return decideRevise(state, received);
    case "reject":
      return decideReject(state, received);
    case "answer":
      return decideAnswer(state, received);
    case "retry":
      return decideRetry(state, received, lookups);
    case "budget":
      return decideBudget(state, received, lookups.permission);
  }
}

function verdictFor(state: RunState, received: ReceivedCommand, lookups: Lookups): Verdict {
  if (!isPerson(received.actor)) return refuse("not_a_person");
  if (lookups.permission === null) return refuse("permission_unknown");
  if (!mayAct(state, received, lookups.permission)) return refuse("no_permission", { permission: lookups.permission });
  if (received.comment !== null && lookups.comment?.unedited !== true) return refuse("comment_changed");
  return act(state, received, lookups);
}

/** The facts that answer a received command. */
export function decide(state: RunState, received: ReceivedCommand, lookups: Lookups): readonly RunEvent[] {
  const verdict = verdictFor(state, received, lookups);
  const { permission } = lookups;
  if ("refuse" in verdict || permission === null) {
    const { refuse: reason, details = {} } = "refuse" in verdict ? verdict : { refuse: "permission_unknown" };
    return [{ type: "command.refused", command: received.index, permission, reason, details }];
  }
  return [{ type: "command.accepted", command: received.index, permission }, ...verdict];
}
