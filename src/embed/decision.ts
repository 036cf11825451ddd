import type { Command } from "../core/commands.ts";
import type { Plan } from "../core/plan.ts";
import { shortDigest } from "../core/plan.ts";
import type { RunState } from "../core/state.ts";
import { planComment } from "../views/plan-comment.ts";

/** A plan that somebody has to decide on. */
export interface Proposal {
  readonly plan: Plan;
  /** Counts from 1. */
  readonly revision: number;
  /** What an approval names: of plan, base commit and issue. */
  readonly digest: string;
  /** As people would see it, in Markdown. */
  readonly text: string;
  /** Micro-dollars. */
  readonly cost: { readonly low: number; readonly high: number };
}

export type Decision =
  | { readonly kind: "approve"; readonly budgetUsd?: number; readonly model?: string }
  | { readonly kind: "revise"; readonly feedback: string }
  | { readonly kind: "reject"; readonly reason?: string };

/** Null while no plan is open. */
export function proposalOf(state: RunState): Proposal | null {
  const { plan } = state;
  if (plan === null) return null;
  const { costLowMicroUsd: low, costHighMicroUsd: high, digest, revision } = plan;
  return { plan: plan.plan, revision, digest, text: planComment(state, plan), cost: { low, high } };
}

/** The decision as the command that somebody would have typed. */
export function commandFor(decision: Decision, { digest }: Proposal): Command {
  switch (decision.kind) {
    case "approve": {
      const { budgetUsd = null, model = null } = decision;
      return { name: "approve", digest: shortDigest(digest), budgetUsd, model };
    }
    case "revise":
      return { name: "revise", feedback: decision.feedback };
    case "reject":
      return { name: "reject", reason: decision.reason ?? "" };
  }
}
