import { MAX_FIXES, verdictOf } from "./evidence.ts";
import type { EventOf, Stage } from "./events.ts";
import type { ReceivedCommand, RunState } from "./state.ts";

/** What a run needs now: a command to be considered, a stage to be run, something to wait for, or nothing any more. */
export type Step =
  | { readonly kind: "consider"; readonly command: ReceivedCommand }
  | { readonly kind: "stage"; readonly stage: Stage; readonly round: number }
  /** Nothing of it was ever accepted: the run ends as refused. */
  | { readonly kind: "close" }
  /** The fixes are used up and the settings do not want a draft. */
  | { readonly kind: "give_up" }
  | { readonly kind: "wait"; readonly for: "approval" | "answer" }
  /** Parked; `until` null waits for a person. */
  | { readonly kind: "parked"; readonly until: string | null }
  | { readonly kind: "done" };

const stage = (name: Stage, round = 0): Step => ({ kind: "stage", stage: name, round });

/** Whether the last submission passed what tests there are; false while it was not tested yet. */
export function isVerified(state: RunState): boolean {
  const report = state.attempts.at(-1);
  if (report === undefined || state.attempts.length < state.submissions.length) return false;
  if (report === null) return true;
  return verdictOf(report, state.baseline, state.submissions.at(-1)?.leftFailing ?? []) !== "failed";
}

/** From the approval to the pull request: prepare, then submissions and verifications in turn, at most three fixes. */
function workStep(state: RunState): Step {
  if (!state.prepared) return stage("prepare");
  const tried = state.attempts.length;
  if (state.submissions.length > tried) return stage("verify", tried);
  if (tried === 0) return stage("implement");
  if (isVerified(state)) return stage("publish");
  if (tried <= MAX_FIXES) return stage("implement", tried);
  return state.intake?.settings.publish.on_failure === "draft" ? stage("publish") : { kind: "give_up" };
}

/** The whole workflow. */
export function next(state: RunState): Step {
  // A wish to stop is heard first: what came before it may be waiting for a look-up that fails.
  const command = state.commands.find((received) => received.command.name === "stop") ?? state.commands[0];
  if (command !== undefined) return { kind: "consider", command };
  if (state.outcome !== null) return { kind: "done" };
  if (!state.accepted) return { kind: "close" };
  if (state.parked !== null) return { kind: "parked", until: state.parked.resumeAt };
  if (state.question !== null && state.question.answer === null) return { kind: "wait", for: "answer" };
  if (state.intake === null) return stage("intake");
  if (state.plan === null) return stage("plan", state.revisions);
  if (state.approval === null) return { kind: "wait", for: "approval" };
  return workStep(state);
}

/** Whether a worker has nothing to do until something outside happens. */
export const isResting = (step: Step): boolean =>
  step.kind === "wait" || step.kind === "parked" || step.kind === "done";

/** The fact that ends a run which has come to its end by itself. */
export const endingOf = (step: Extract<Step, { kind: "close" | "give_up" }>): EventOf<"run.finished"> =>
  step.kind === "close"
    ? { type: "run.finished", outcome: "refused", code: null, details: {} }
    : { type: "run.finished", outcome: "failed", code: "tests_failed", details: { fixes: MAX_FIXES } };
