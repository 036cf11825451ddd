import { withAttempt } from "./testing/attempts.ts";
import { withConversation } from "./conversation/hand-offs.ts";
import { evolveConversation, reopened } from "./conversation/conversation-fold.ts";
import type { EventOf, RunEvent, StoredEvent } from "./events.ts";
import { beginFork } from "./fork-fold.ts";
import { BY_COPY, grown, type Growth, IN_PLACE } from "./growth.ts";
import { payAnswer, payFailure } from "./money/spending.ts";
import { isResting, next } from "./next.ts";
import { answerQuestion, replan, takeIn } from "./understanding/planning-folds.ts";
import { emptyState, type RunState } from "./state.ts";

/*
 * Folding facts into state. Owns: what a fact means. Does not own: whether a fact may happen (decide.ts) or what comes next (next.ts).
 * Invariants: (1) total: any sequence of valid facts folds without throwing; (2) pure: time and ids come from the facts.
 */

type Changes = Partial<RunState>;
type Folds = { [T in RunEvent["type"]]: (state: RunState, event: EventOf<T>, index: number) => Changes };

/** Facts that show that the work gets somewhere: a streak of stages that began in vain ends with them. */
const PROGRESS: ReadonlySet<RunEvent["type"]> = new Set([
  "intake.finished",
  "issue.routed",
  "exploration.finished",
  "setup.finished",
  "checkpoint.saved",
  "tests.finished",
  "stage.finished",
  "stage.abandoned",
]);

/** Facts that show that what a run was parked for is over. */
const ANSWERS: ReadonlySet<RunEvent["type"]> = new Set([...PROGRESS, "model.responded"]);

/** Facts before which nobody was at work: people, pauses, a worker that was away, GitHub. */
const IDLE_BEFORE: ReadonlySet<RunEvent["type"]> = new Set([
  "run.forked",
  "run.superseded",
  "command.received",
  "command.accepted",
  "command.refused",
  "stage.started",
  "run.resumed",
  "effect.intended",
  "effect.done",
]);

/** Causes of a parking that lie in a conversation: it is opened again with the run. */
const WAITS_FOR_PERSON: ReadonlySet<string | null> = new Set(["model_refused", "model_unusable", "context_exceeded"]);

/** Facts after which a person may have to be told something new. */
const RESTING: ReadonlySet<RunEvent["type"]> = new Set([
  "plan.proposed",
  "question.asked",
  "run.parked",
  "run.finished",
  "run.cancelled",
  "run.superseded",
  "budget.changed",
]);

const withoutCommand = ({ commands }: RunState, index: number): Changes => ({
  commands: commands.filter((command) => command.index !== index),
});

const acceptCommand = (state: RunState, event: EventOf<"command.accepted">): Changes => {
  const command = state.commands.find((candidate) => candidate.index === event.command);
  const changes = withoutCommand(state, event.command);
  if (command?.command.name !== "plan" || state.accepted) return changes;
  return { ...changes, accepted: true, requester: command.actor, guidance: command.command.guidance };
};

const finishTests = (state: RunState, report: EventOf<"tests.finished">): Changes =>
  report.phase === "baseline" ? { baseline: report } : withAttempt(state, report);

/** A verification without a test command leaves an attempt that holds nothing. */
const finishStage = (state: RunState, event: EventOf<"stage.finished">): Changes => {
  if (event.stage === "prepare") return { prepared: true };
  const untested = event.stage === "verify" && state.attempts.length < state.submissions.length;
  return untested ? withAttempt(state, null) : {};
};

const park = (state: RunState, event: EventOf<"run.parked">, index: number): Changes => ({
  parked: { ...event, index },
  parkedCode: event.code,
  parks: state.parkedCode === event.code ? state.parks + 1 : 1,
});

const FOLDS: Folds = {
  "run.requested": (_, event) => ({ subject: event.subject, title: event.title, isPullRequest: event.isPullRequest }),
  "command.received": (state, event, index) => ({ commands: [...state.commands, { ...event, index }] }),
  "command.accepted": acceptCommand,
  "command.refused": (state, event) => withoutCommand(state, event.command),
  "plan.approved": (state, event) => ({
    approval: event,
    budgetMicroUsd: event.budgetMicroUsd ?? state.budgetMicroUsd,
  }),
  "plan.revised": (state, event) => replan(state, event.feedback),
  "plan.rejected": () => ({ plan: null, question: null }),
  "question.answered": (state, event) => answerQuestion(state, event.text),
  "budget.changed": (_, event) => ({ budgetMicroUsd: event.ceilingMicroUsd, warned: false }),
  "run.cancelled": () => ({}),
  "run.resumed": (state, { command }) => ({
    parked: null,
    setbacks: 0,
    ...(command !== null && WAITS_FOR_PERSON.has(state.parkedCode) && { conversations: reopened(state.conversations) }),
  }),
  "intake.finished": takeIn,
  "settings.refused": (_, event) => ({ settingsFaults: event.faults }),
  "issue.routed": (_, event) => ({ routing: event }),
  "exploration.finished": (_, event) => ({ exploration: event }),
  "stage.started": (state, { stage, round }, index) => ({
    stageStarts: { [stage]: index, ...state.stageStarts },
    stage,
    round,
    setbacks: state.setbacks + 1,
    ...((stage !== state.stage || round !== state.round) && { stageMs: 0 }),
  }),
  "stage.finished": finishStage,
  "stage.failed": () => ({}),
  "stage.abandoned": (state, event) => ({ abandoned: { ...state.abandoned, [event.stage]: event } }),
  "workspace.opened": () => ({}),
  "setup.finished": (_, event) => ({ setup: event }),
  "conversation.started": withConversation,
  "message.added": () => ({}),
  "model.requested": (state, event, index) => ({
    openCalls: { ...state.openCalls, [event.conversation]: { ...event, index } },
  }),
  "model.responded": payAnswer,
  "model.failed": payFailure,
  "model.switched": (state, event) => ({ switches: [...state.switches, event] }),
  "context.cleared": () => ({}),
  "context.compacted": () => ({}),
  "instructions.loaded": () => ({}),
  "tool.called": () => ({}),
  "tool.returned": (state, event) => ({
    ...(state.question?.callId === event.callId && { question: null }),
    ...(event.fix !== undefined && { fixesAsked: event.fix }),
    ...(event.review !== undefined && { reviewsTold: event.review }),
  }),
  "todo.updated": (_, event) => ({ todo: event.items }),
  "checkpoint.saved": (_, event) => ({ checkpoint: event }),
  "plan.proposed": (_, event) => ({ plan: event, revisions: event.revision }),
  "question.asked": (state, event, index) => ({
    question: { ...event, index, answer: null },
    questions: state.questions + 1,
  }),
  "work.submitted": (state, event) => ({ submissions: [...state.submissions, event] }),
  "tests.finished": finishTests,
  "reproduction.finished": (_, event) => ({ reproduction: event }),
  "change.reviewed": (state, event) => ({
    reviews: [...state.reviews, event],
    reviewedAttempt: state.attempts.length,
  }),
  "change.checked": (_, event) => ({ checked: event }),
  "effect.intended": () => ({}),
  "effect.done": () => ({}),
  "pull_request.opened": (_, event) => ({ pullRequest: event }),
  "run.forked": beginFork,
  "run.superseded": (_, event, index) => ({ superseded: { ...event, index } }),
  "limit.warned": () => ({ warned: true }),
  "run.parked": park,
  "run.finished": (state, event, index) => (state.outcome === null ? { outcome: { ...event, index } } : {}),
};

/** Folds by type; the cast is sound because the table is indexed by the event's own tag. */
const foldOf = (event: RunEvent): ((state: RunState, event: RunEvent, index: number) => Changes) =>
  FOLDS[event.type] as (state: RunState, event: RunEvent, index: number) => Changes;

/** Time between two facts of a stage counts as work; waiting for people, pauses and the absence of a worker do not. */
function workTime(state: RunState, { at, event }: Pick<StoredEvent, "at" | "event">): number {
  if (state.lastAt === "" || state.stage === null || IDLE_BEFORE.has(event.type) || isResting(next(state))) return 0;
  return Math.max(0, Date.parse(at) - Date.parse(state.lastAt)) || 0;
}

const conversationOf = (state: RunState, event: RunEvent): Changes => {
  if (!("conversation" in event) || event.type === "conversation.started") return {};
  const before = state.conversations[event.conversation];
  if (before === undefined) return {};
  const after = evolveConversation(before, event);
  return after === before ? {} : { conversations: { ...state.conversations, [event.conversation]: after } };
};

type Told = Pick<StoredEvent, "at" | "event">;

function evolveWith(growth: Growth, state: RunState, stored: Told): RunState {
  const { at, event } = stored;
  const index = state.facts;
  const progressed = PROGRESS.has(event.type) ? { setbacks: 0 } : {};
  const answered = ANSWERS.has(event.type) ? { parks: 0 } : {};
  const changes = foldOf(event)(state, event, index);
  const worked = workTime(state, stored);
  const isFirstPark = event.type === "run.parked" && changes.parks === 1;
  return {
    ...state,
    ...(isFirstPark && { parkedSince: at }),
    ...progressed,
    ...answered,
    ...conversationOf(state, event),
    ...changes,
    // Last: it may add to what the state before holds.
    ...grown(state, event, growth),
    facts: index + 1,
    startedAt: state.startedAt === "" ? at : state.startedAt,
    lastAt: at,
    workMs: (changes.workMs ?? state.workMs) + worked,
    stageMs: (changes.stageMs ?? state.stageMs) + worked,
    restedAt: RESTING.has(event.type) ? index : state.restedAt,
  };
}

/** The state after one more fact. */
export const evolve = (state: RunState, stored: Told): RunState => evolveWith(BY_COPY, state, stored);

/** The state after all of them, as `evolve` gives it, in time linear in their number. */
export const fold = (run: RunState["run"], facts: readonly Told[]): RunState =>
  facts.reduce((state, stored) => evolveWith(IN_PLACE, state, stored), emptyState(run));
