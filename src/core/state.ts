import type { Conversation } from "./conversation.ts";
import type { EventOf, Stage, TestReport, Todo } from "./events.ts";
import type { RunId } from "./ids.ts";
import type { Usage } from "./messages.ts";
import { ZERO_USAGE } from "./messages.ts";
import type { MicroUsd } from "./money.ts";
import type { Actor, Subject } from "./subject.ts";

/** A command that was received; `index` is the fact's place in the journal. */
export interface ReceivedCommand extends EventOf<"command.received"> {
  readonly index: number;
}

/** A command that was accepted or refused, with what it was. */
export interface AnsweredCommand extends ReceivedCommand {
  readonly refusal: EventOf<"command.refused"> | null;
  /** Where the run stood when the command was answered. */
  readonly during: "start" | "work" | "over";
}

export interface OpenQuestion extends EventOf<"question.asked"> {
  readonly index: number;
  readonly answer: string | null;
}

export interface Parked extends EventOf<"run.parked"> {
  readonly index: number;
}

/** A model call that was sent and not yet answered: its reservation stands. */
export interface OpenCall extends EventOf<"model.requested"> {
  readonly index: number;
}

export interface Outcome extends EventOf<"run.finished"> {
  readonly index: number;
}

/** The ledger key of a model call's reservation: the fact that reserved it. */
export const reservationKey = (run: RunId, index: number): string => `${run}/${index}`;

/** All that is known of a run: the fold of its facts and nothing else. */
export interface RunState {
  readonly run: RunId;
  /** Facts folded so far, which is the index of the next one. */
  readonly facts: number;
  readonly startedAt: string;
  readonly lastAt: string;
  /** Milliseconds in which a worker was at work, waiting for people not counted. */
  readonly workMs: number;
  readonly subject: Subject | null;
  readonly title: string;
  readonly isPullRequest: boolean;
  readonly requester: Actor | null;
  readonly guidance: string;
  /** Received, not yet answered, oldest first. */
  readonly commands: readonly ReceivedCommand[];
  readonly answered: readonly AnsweredCommand[];
  readonly accepted: boolean;
  readonly intake: EventOf<"intake.finished"> | null;
  readonly settingsFaults: EventOf<"settings.refused">["faults"];
  readonly revisions: number;
  /** How often a new plan was asked for; numbers the planning conversations. */
  readonly replans: number;
  readonly plan: EventOf<"plan.proposed"> | null;
  readonly supersededPlan: EventOf<"plan.proposed"> | null;
  readonly feedback: string | null;
  readonly approval: EventOf<"plan.approved"> | null;
  readonly question: OpenQuestion | null;
  readonly questions: number;
  readonly conversations: Readonly<Record<string, Conversation>>;
  readonly openCall: OpenCall | null;
  readonly stage: Stage | null;
  readonly setup: EventOf<"setup.finished"> | null;
  readonly prepared: boolean;
  readonly baseline: TestReport | null;
  readonly submissions: readonly EventOf<"work.submitted">[];
  /** One per submission, in order; null where there was no test command. */
  readonly attempts: readonly (TestReport | null)[];
  /** The last failed attempt that the executor was told of. */
  readonly fixesAsked: number;
  readonly checkpoint: EventOf<"checkpoint.saved"> | null;
  readonly checked: EventOf<"change.checked"> | null;
  readonly todo: readonly Todo[];
  readonly effects: Readonly<Record<string, EventOf<"effect.done"> | null>>;
  readonly pullRequest: EventOf<"pull_request.opened"> | null;
  readonly costMicroUsd: MicroUsd;
  readonly costByStage: Readonly<Partial<Record<Stage, MicroUsd>>>;
  readonly usage: Usage;
  readonly turns: number;
  readonly warned: boolean;
  /** Stages begun in a row without any progress in between: crashes and failures alike. */
  readonly setbacks: number;
  readonly parked: Parked | null;
  /** Cause of the last parking. */
  readonly parkedCode: string | null;
  /** Times in a row that it was parked for the same cause. */
  readonly parks: number;
  readonly outcome: Outcome | null;
  /** The fact that last changed what a resting run shows to people. */
  readonly restedAt: number;
}

export const emptyState = (run: RunId): RunState => ({
  run,
  facts: 0,
  startedAt: "",
  lastAt: "",
  workMs: 0,
  subject: null,
  title: "",
  isPullRequest: false,
  requester: null,
  guidance: "",
  commands: [],
  answered: [],
  accepted: false,
  intake: null,
  settingsFaults: [],
  revisions: 0,
  replans: 0,
  plan: null,
  supersededPlan: null,
  feedback: null,
  approval: null,
  question: null,
  questions: 0,
  conversations: {},
  openCall: null,
  stage: null,
  setup: null,
  prepared: false,
  baseline: null,
  submissions: [],
  attempts: [],
  fixesAsked: 0,
  checkpoint: null,
  checked: null,
  todo: [],
  effects: {},
  pullRequest: null,
  costMicroUsd: 0,
  costByStage: {},
  usage: ZERO_USAGE,
  turns: 0,
  warned: false,
  setbacks: 0,
  parked: null,
  parkedCode: null,
  parks: 0,
  outcome: null,
  restedAt: -1,
});
