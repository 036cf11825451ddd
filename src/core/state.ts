import type { Fork } from "./fork.ts";
import type { Conversation } from "./conversation/conversation.ts";
import type { EventOf, Stage } from "./events.ts";
import type { TestReport } from "./testing/test-report.ts";
import type { Todo } from "./todo.ts";
import type { Digest, RunId } from "./ids.ts";
import type { Usage } from "./messages.ts";
import { ZERO_USAGE } from "./messages.ts";
import type { MicroUsd } from "./money/money.ts";
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

export interface AnsweredQuestion extends Pick<EventOf<"question.asked">, "conversation" | "questions"> {
  readonly answer: string;
}

export interface Parked extends EventOf<"run.parked"> {
  readonly index: number;
}

/** A model call that was sent and not yet answered: its reservation stands. */
export interface OpenCall extends EventOf<"model.requested"> {
  readonly index: number;
}

/** A change that passed: the attempt, counted from 1, and its files; null when nothing differs from the base. */
export interface Green {
  readonly attempt: number;
  readonly checkpoint: EventOf<"checkpoint.saved"> | null;
}

/** A conversation that goes on with another in a fresh context. */
export interface HandOff extends Pick<EventOf<"conversation.started">, "conversation" | "model" | "effort"> {
  readonly cause: NonNullable<EventOf<"conversation.started">["continues"]>["cause"];
  readonly reason: string;
}

/** That the run goes on as another one, and where that was written down. */
export interface Superseded extends EventOf<"run.superseded"> {
  readonly index: number;
}

export interface Outcome extends EventOf<"run.finished"> {
  readonly index: number;
}

/** The ledger key of a model call's reservation: the fact that reserved it. */
export const reservationKey = (run: RunId, index: number): string => `${run}/${index}`;

/** Names a call of a conversation among all calls of a run. */
export const childKey = (conversation: string, callId: string): string => `${conversation} ${callId}`;

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
  /** What the routing and the exploration were made from, once a new plan is wanted. */
  readonly supersededIntake: EventOf<"intake.finished"> | null;
  readonly settingsFaults: EventOf<"settings.refused">["faults"];
  readonly routing: EventOf<"issue.routed"> | null;
  readonly exploration: EventOf<"exploration.finished"> | null;
  readonly revisions: number;
  /** How often a new plan was asked for; numbers the planning conversations. */
  readonly replans: number;
  readonly plan: EventOf<"plan.proposed"> | null;
  readonly supersededPlan: EventOf<"plan.proposed"> | null;
  readonly feedback: string | null;
  readonly approval: EventOf<"plan.approved"> | null;
  readonly question: OpenQuestion | null;
  readonly questions: number;
  /** What was asked and what people answered, oldest first. */
  readonly answers: readonly AnsweredQuestion[];
  readonly conversations: Readonly<Record<string, Conversation>>;
  /** Conversations that answer a call of another one, by `childKey`. */
  readonly children: Readonly<Record<string, string>>;
  readonly handOffs: readonly HandOff[];
  /** By conversation: subagents ask side by side. */
  readonly openCalls: Readonly<Record<string, OpenCall>>;
  readonly stage: Stage | null;
  readonly round: number;
  /** The fact with which each stage first began, since a new plan was last asked for. */
  readonly stageStarts: Readonly<Partial<Record<Stage, number>>>;
  /** Milliseconds of work in this round of the stage, counted as `workMs`. */
  readonly stageMs: number;
  readonly setup: EventOf<"setup.finished"> | null;
  readonly prepared: boolean;
  readonly baseline: TestReport | null;
  readonly submissions: readonly EventOf<"work.submitted">[];
  /** One per submission, in order; null where there was no test command. */
  readonly attempts: readonly (TestReport | null)[];
  /** Attempts that failed. */
  readonly failures: number;
  /** The last change that passed. */
  readonly green: Green | null;
  /** The last failed attempt that the executor was told of. */
  readonly fixesAsked: number;
  readonly reproduction: EventOf<"reproduction.finished"> | null;
  readonly reviews: readonly EventOf<"change.reviewed">[];
  /** How many attempts there were at the last review. */
  readonly reviewedAttempt: number;
  /** The last review whose findings the executor was told. */
  readonly reviewsTold: number;
  /** Stages that the run went on without. */
  readonly abandoned: Readonly<Partial<Record<Stage, EventOf<"stage.abandoned">>>>;
  readonly checkpoint: EventOf<"checkpoint.saved"> | null;
  readonly checked: EventOf<"change.checked"> | null;
  readonly todo: readonly Todo[];
  readonly effects: Readonly<Record<string, EventOf<"effect.done"> | null>>;
  /** By effect, what it shows: the artifact that holds the text. Absent where it shows none, and in facts of older releases. */
  readonly texts: Readonly<Record<string, Digest>>;
  readonly pullRequest: EventOf<"pull_request.opened"> | null;
  /** The ceiling that a person set last, by `/approve` or `/budget`. */
  readonly budgetMicroUsd: MicroUsd | null;
  readonly costMicroUsd: MicroUsd;
  readonly costByStage: Readonly<Partial<Record<Stage, MicroUsd>>>;
  readonly costByConversation: Readonly<Record<string, MicroUsd>>;
  /** By the role of the conversation that it was spent in. */
  readonly costByRole: Readonly<Record<string, MicroUsd>>;
  /** Models that others stood in for, in order. */
  readonly switches: readonly EventOf<"model.switched">[];
  readonly usage: Usage;
  readonly turns: number;
  readonly warned: boolean;
  /** Stages begun in a row without any progress in between: crashes and failures alike. */
  readonly setbacks: number;
  readonly parked: Parked | null;
  /** Cause of the last parking. */
  readonly parkedCode: string | null;
  /** Times in a row that it was parked for the same cause, and when that began. */
  readonly parks: number;
  readonly parkedSince: string | null;
  readonly outcome: Outcome | null;
  /** Where the run came from, if it did not begin with its own request. */
  readonly fork: Fork | null;
  /** The run that it goes on as, if a person wanted it begun anew from a stage or with another model. */
  readonly superseded: Superseded | null;
  /** The fact that last changed what a resting run shows to people. */
  readonly restedAt: number;
}

/** Before the first call and the first second of work. */
export const NOTHING_SPENT = {
  costMicroUsd: 0,
  costByStage: {},
  costByConversation: {},
  costByRole: {},
  usage: ZERO_USAGE,
  turns: 0,
  workMs: 0,
  stageMs: 0,
  warned: false,
} as const;

export const emptyState = (run: RunId): RunState => ({
  run,
  facts: 0,
  startedAt: "",
  lastAt: "",
  ...NOTHING_SPENT,
  subject: null,
  title: "",
  isPullRequest: false,
  requester: null,
  guidance: "",
  commands: [],
  answered: [],
  accepted: false,
  intake: null,
  supersededIntake: null,
  settingsFaults: [],
  routing: null,
  exploration: null,
  revisions: 0,
  replans: 0,
  plan: null,
  supersededPlan: null,
  feedback: null,
  approval: null,
  question: null,
  questions: 0,
  answers: [],
  conversations: {},
  children: {},
  handOffs: [],
  openCalls: {},
  stage: null,
  round: 0,
  stageStarts: {},
  setup: null,
  prepared: false,
  baseline: null,
  submissions: [],
  attempts: [],
  failures: 0,
  green: null,
  fixesAsked: 0,
  reproduction: null,
  reviews: [],
  reviewedAttempt: 0,
  reviewsTold: 0,
  abandoned: {},
  checkpoint: null,
  checked: null,
  todo: [],
  effects: {},
  texts: {},
  pullRequest: null,
  budgetMicroUsd: null,
  switches: [],
  setbacks: 0,
  parked: null,
  parkedCode: null,
  parks: 0,
  parkedSince: null,
  outcome: null,
  fork: null,
  superseded: null,
  restedAt: -1,
});
