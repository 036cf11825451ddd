import { ceilingOf, offerFor, openLack } from "./money/ceiling.ts";
import { fromUsd, type MicroUsd, typedUsd } from "./money/money.ts";
import type { EventOf, Stage } from "./events.ts";
import type { RunId } from "./ids.ts";
import { supersedeKey } from "./next.ts";
import type { ReceivedCommand, RunState } from "./state.ts";
import type { Permission } from "./subject.ts";
import { refuse, type Refused, type Verdict } from "./verdict.ts";

/*
 * `/retry`: alone it lets a held-up run go on. With a stage or a model, and for a run that came to no good end, the work goes on as another
 * run that begins with the facts of this one, up to the one that was chosen.
 * Invariants: (1) an approval is kept only with the plan that it was given for, since both stand before the facts that are left out;
 * (2) the new run may spend no more than whoever wrote the command could give it.
 */

/** What was looked up for it, as `decide.ts` says. */
interface LookedUp {
  readonly permission: Permission | null;
  readonly modelKnown: boolean | null;
  readonly newRun: RunId | null;
}

/** The run as which this one went on; null when it did not, or the issue had another by then. */
export const wentOnAs = ({ superseded, effects }: RunState): RunId | null =>
  superseded === null || effects[supersedeKey(superseded)]?.remoteId === "" ? null : superseded.run;

/** Where the other run begins: its last fact from here, and the stage that it begins anew, if it is one. */
interface Place {
  readonly at: number;
  readonly from: Stage | null;
}

/** Ends after which going on from the stage that failed would come to the same end. */
const HOPELESS: ReadonlySet<string> = new Set(["approval_withdrawn", "installation_gone"]);

/** Before the stage first began for the plan that counts. */
function beforeStage({ stageStarts }: RunState, stage: Stage): Place | Refused {
  const start = stageStarts[stage];
  if (start !== undefined) return { at: start - 1, from: stage };
  const order = Object.entries(stageStarts).toSorted(([, a], [, b]) => a - b);
  const reached = order.map(([name]) => name).join(", ");
  return refuse("stage_unreached", { stage, reached: reached === "" ? "no stage yet" : reached });
}

/** Where a run that is over goes on when no stage is named. */
function afterEnd(state: RunState, { outcome, code, index }: NonNullable<RunState["outcome"]>): Place | Refused {
  if (outcome === "cancelled") return { at: index, from: null };
  const failed = outcome === "failed" || outcome === "refused";
  if (!failed || state.stage === null || HOPELESS.has(code ?? "")) return refuse("run_over");
  return beforeStage(state, code === "tests_failed" ? "implement" : state.stage);
}

function placeOf(state: RunState, received: ReceivedCommand, from: Stage | undefined): Place | Refused {
  if (from !== undefined) return beforeStage(state, from);
  if (state.outcome !== null) return afterEnd(state, state.outcome);
  return state.parked === null ? refuse("not_parked") : { at: received.index - 1, from: null };
}

/**
 * What a person set stays, but for what only an admin could set. Where no settings were read yet, nobody but an admin has set it: then it is
 * left to the settings.
 */
function budgetFor(state: RunState, permission: Permission | null): MicroUsd | null {
  const settings = (state.intake ?? state.supersededIntake)?.settings;
  const mayRaise = permission === "admin" || settings?.budget.raised_by === "write";
  if (state.budgetMicroUsd === null || mayRaise) return state.budgetMicroUsd;
  return settings === undefined ? null : Math.min(ceilingOf(state), fromUsd(settings.budget.run_usd));
}

/** Trying again does not help a run that lacks money. */
function goOn(state: RunState, received: ReceivedCommand): Verdict {
  if (state.parked === null) return refuse("not_parked");
  const lack = openLack(state);
  if (lack !== null) return refuse("budget_used_up", { offer: typedUsd(offerFor(state, lack).budget) });
  return [{ type: "run.resumed", command: received.index }];
}

export function decideRetry(state: RunState, received: ReceivedCommand, lookups: LookedUp): Verdict {
  if (received.command.name !== "retry") return [];
  const { from, model } = received.command;
  if (from === undefined && model === undefined && state.outcome === null) return goOn(state, received);
  if (lookups.modelKnown === false) return refuse("model_unknown", { model: model ?? "" });
  const place = placeOf(state, received, from);
  if ("refuse" in place) return place;
  // Without an id there is no telling the other run from one that was founded before.
  if (lookups.newRun === null) return refuse("permission_unknown");
  const superseded: EventOf<"run.superseded"> = {
    type: "run.superseded",
    command: received.index,
    run: lookups.newRun,
    ...place,
    model: model ?? null,
    budgetMicroUsd: budgetFor(state, lookups.permission),
    by: received.actor,
  };
  return [superseded];
}
