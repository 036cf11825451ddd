import { fixesLeft, isVerified, reviewFixOwed, reviewOwed } from "./testing/attempts.ts";
import { MAX_FIXES } from "./testing/evidence.ts";
import type { EventOf, Stage } from "./events.ts";
import { reproductionOwed } from "./testing/reproduction.ts";
import type { ReceivedCommand, RunState, Superseded } from "./state.ts";

/** What a run needs now: a command to be considered, a stage to be run, something to wait for, or nothing any more. */
export type Step =
  | { readonly kind: "consider"; readonly command: ReceivedCommand }
  | { readonly kind: "stage"; readonly stage: Stage; readonly round: number }
  /** It goes on as another run, which is to be founded now. */
  | { readonly kind: "supersede"; readonly superseded: Superseded }
  /** Nothing of it was ever accepted: the run ends as refused. */
  | { readonly kind: "close" }
  /** The fixes are used up and the settings do not want a draft. */
  | { readonly kind: "give_up" }
  | { readonly kind: "wait"; readonly for: "approval" | "answer" }
  /** Parked; `until` null waits for a person. */
  | { readonly kind: "parked"; readonly until: string | null }
  | { readonly kind: "done" };

const stage = (name: Stage, round = 0): Step => ({ kind: "stage", stage: name, round });

/** Found out first, then planned: what was found out stays as long as issue and base commit do. */
const planStep = (state: RunState): Step =>
  state.routing === null || state.exploration === null
    ? stage("understand", state.replans)
    : stage("plan", state.revisions);

/** What a change that passed still needs: its tests tried on the base, a review, at most one fix after it. */
function passedStep(state: RunState): Step {
  if (reproductionOwed(state)) return stage("verify", state.attempts.length - 1);
  if (reviewOwed(state)) return stage("review");
  return reviewFixOwed(state) ? stage("implement", state.attempts.length) : stage("publish");
}

/** From the approval to the pull request: prepare, then submissions and verifications in turn, at most three fixes of failing tests. */
function workStep(state: RunState): Step {
  if (!state.prepared) return stage("prepare");
  const tried = state.attempts.length;
  if (state.submissions.length > tried) return stage("verify", tried);
  if (tried === 0) return stage("implement");
  if (isVerified(state)) return passedStep(state);
  if (fixesLeft(state) > 0 && state.abandoned.implement === undefined) return stage("implement", tried);
  // A change that passed before the review's fix is published as it was then.
  if (state.green !== null || state.intake?.settings.publish.on_failure === "draft") return stage("publish");
  return { kind: "give_up" };
}

/** The key of the effect that founds the run as which this one goes on. */
export const supersedeKey = ({ command }: Pick<Superseded, "command">): string => `fork.${command}`;

/** The whole workflow. */
export function next(state: RunState): Step {
  // Before all else: from then on the other run is the one that people talk to.
  const { superseded } = state;
  if (superseded !== null && !state.effects[supersedeKey(superseded)]) return { kind: "supersede", superseded };
  // A wish to stop is heard first: what came before it may be waiting for a look-up that fails.
  const command = state.commands.find((received) => received.command.name === "stop") ?? state.commands[0];
  if (command !== undefined) return { kind: "consider", command };
  if (state.outcome !== null) return { kind: "done" };
  if (!state.accepted) return { kind: "close" };
  if (state.parked !== null) return { kind: "parked", until: state.parked.resumeAt };
  if (state.question !== null && state.question.answer === null) return { kind: "wait", for: "answer" };
  if (state.intake === null) return stage("intake");
  if (state.plan === null) return planStep(state);
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
