import type { EventOf, RunEvent, Stage, StoredEvent } from "../core/events.ts";
import type { RunId } from "../core/ids.ts";
import type { MicroUsd } from "../core/money/money.ts";
import type { Subject } from "../core/subject.ts";
import { RUN_KEY } from "./ids.ts";
import * as talks from "./talk.ts";
import type { Consumer, Work } from "./work.ts";

/*
 * A run's facts, folded into finished pieces of work. The tree: run → stage → turn → request or call; the turns of a conversation that
 * answers a call lie in that call. Invariants: (1) the pieces and their keys are a function of the facts, whoever folds them; (2) time
 * never goes back, even where the clocks of two workers disagree, so a piece lies within its parent.
 */

interface OpenStage {
  readonly key: string;
  readonly stage: Stage;
  readonly round: number;
  readonly start: number;
  /** Time of the last fact of the worker: a crash ends a stage there. */
  last: number;
  /** What it is for is there; a person's command may come before the fact that it is finished. */
  fulfilled: boolean;
}

interface Following {
  readonly run: RunId;
  readonly talks: Map<string, talks.Talk>;
  subject: Subject | null;
  startedAt: number | null;
  stage: OpenStage | null;
  facts: number;
  at: number;
  turns: number;
  costMicroUsd: MicroUsd;
}

type Follow<T extends RunEvent["type"]> = (following: Following, now: talks.Now, event: EventOf<T>) => void;
type Follows = { readonly [T in RunEvent["type"]]?: Follow<T> };

/** How a stage ended: with an error, whatever was under way in it was cut off. */
interface Ending {
  readonly outcome: string;
  readonly error: string | null;
  readonly end: number;
}

const FULFILLED = { outcome: "finished", error: null };

/** Ends the stage from outside: a new one begins, or the run ends. */
function cutStage(following: Following, now: talks.Now, ending: Ending): void {
  endStage(following, now, following.stage?.fulfilled === true ? { ...ending, ...FULFILLED } : ending);
}

function endStage(following: Following, now: talks.Now, { outcome, error, end }: Ending): void {
  const { stage: open } = following;
  if (open === null) return;
  settleAll(following, now, error);
  const { key, stage, round, start } = open;
  const { run, subject } = now;
  now.emit({ kind: "stage", run, subject, key, parent: RUN_KEY, start, end, error, stage, round, outcome });
  following.stage = null;
}

/** Innermost first: what lies in a call is over before the call is. */
function settleAll(following: Following, now: talks.Now, error: string | null): void {
  for (const talk of [...following.talks.values()].toReversed()) {
    talks.settleTalk(talk, now, error);
    stretchCall(following, talk);
  }
}

/** A call lasts at least as long as the conversation that answers it. */
function stretchCall(following: Following, { answers, ended }: talks.Talk): void {
  if (answers === null) return;
  const open = following.talks.get(answers.conversation)?.calls.get(answers.callId);
  if (open !== undefined) open.until = Math.max(open.until, ended);
}

/** The conversations that answer this call are over, and with them theirs. */
function settleBelow(following: Following, now: talks.Now, call: { conversation: string; callId: string }): void {
  for (const talk of following.talks.values()) {
    if (talk.answers?.conversation !== call.conversation || talk.answers.callId !== call.callId) continue;
    for (const callId of talk.calls.keys()) settleBelow(following, now, { conversation: talk.id, callId });
    talks.settleTalk(talk, now, null);
    stretchCall(following, talk);
  }
}

const FOLLOWS: Follows = {
  "run.requested": (following, now, event) => {
    following.subject = event.subject;
    following.startedAt = now.at;
  },
  "stage.started": (following, now, { stage, round }) => {
    const end = following.stage?.last ?? now.at;
    cutStage(following, now, { outcome: "interrupted", error: "interrupted", end });
    following.stage = { key: `stage/${now.index}`, stage, round, start: now.at, last: now.at, fulfilled: false };
  },
  "exploration.finished": fulfilAll,
  "plan.proposed": fulfilAll,
  "question.asked": fulfilOne,
  "work.submitted": fulfilOne,
  "change.reviewed": fulfilOne,
  "pull_request.opened": fulfilAll,
  "issue.routed": ({ talks: all }, now, event) => withTalk(all, event, (talk) => talks.fulfilTalk(talk, now)),
  "stage.finished": (following, now) => endStage(following, now, { outcome: "finished", error: null, end: now.at }),
  "stage.failed": (following, now, { code }) =>
    endStage(following, now, { outcome: "failed", error: code, end: now.at }),
  "run.parked": (following, now, { code }) => endStage(following, now, { outcome: "parked", error: code, end: now.at }),
  "conversation.started": ({ talks: all }, _, event) => void all.set(event.conversation, talks.beginTalk(event)),
  "model.requested": ({ talks: all }, now, event) =>
    withTalk(all, event, (talk) => talks.onRequested(talk, now, event)),
  "model.responded": (following, now, event) => {
    following.turns += 1;
    following.costMicroUsd += event.costMicroUsd;
    withTalk(following.talks, event, (talk) => talks.onResponded(talk, now, event));
  },
  "model.failed": (following, now, event) => {
    following.costMicroUsd += event.costMicroUsd;
    withTalk(following.talks, event, (talk) => talks.onFailed(talk, now, event));
  },
  "tool.called": ({ talks: all }, now, event) => withTalk(all, event, (talk) => talks.onCalled(talk, now, event)),
  "tool.returned": (following, now, event) => {
    settleBelow(following, now, event);
    withTalk(following.talks, event, (talk) => talks.onReturned(talk, now, event));
  },
  "run.finished": (following, now, { outcome, code }) => {
    const error = outcome === "failed" ? (code ?? "failed") : null;
    // The last stage of a run that succeeds ends with the run; that of one that was stopped was cut off.
    const cut = outcome === "pull_request" || outcome === "draft" ? null : outcome;
    if (error === null) cutStage(following, now, { outcome, error: cut, end: now.at });
    else endStage(following, now, { outcome, error, end: now.at });
    if (following.startedAt === null) return;
    const { run, subject, startedAt: start, turns, costMicroUsd } = following;
    const done = { start, end: now.at, error, outcome, turns, costMicroUsd };
    now.emit({ kind: "run", run, subject, key: RUN_KEY, parent: null, ...done });
    following.startedAt = null;
  },
};

function fulfilAll({ stage, talks: all }: Following, now: talks.Now): void {
  for (const talk of all.values()) talks.fulfilTalk(talk, now);
  if (stage !== null) stage.fulfilled = true;
}

function fulfilOne({ stage, talks: all }: Following, now: talks.Now, event: { readonly conversation: string }): void {
  withTalk(all, event, (talk) => talks.fulfilTalk(talk, now));
  if (stage !== null) stage.fulfilled = true;
}

function withTalk(
  all: ReadonlyMap<string, talks.Talk>,
  { conversation }: { readonly conversation: string },
  follow: (talk: talks.Talk) => void,
): void {
  const talk = all.get(conversation);
  if (talk !== undefined) follow(talk);
}

/** What a turn of this fact's conversation lies in: the call that the conversation answers, else the stage. */
function parentOf(following: Following, event: RunEvent): string {
  const stage = following.stage?.key ?? RUN_KEY;
  const talk = "conversation" in event ? following.talks.get(event.conversation) : undefined;
  if (talk === undefined || talk.answers === null) return stage;
  const asking = following.talks.get(talk.answers.conversation);
  return asking?.calls.get(talk.answers.callId)?.started?.key ?? asking?.turn?.key ?? stage;
}

/** Facts that people cause, while a worker may be away. */
const OF_PEOPLE: ReadonlySet<RunEvent["type"]> = new Set(["run.requested", "command.received"]);

export interface RunFollower {
  /** Facts folded so far, which is the index of the next one. */
  facts(): number;
  add(fact: Pick<StoredEvent, "at" | "event">, consumer: Consumer): void;
}

export function followRun(run: RunId): RunFollower {
  const following: Following = {
    run,
    talks: new Map(),
    subject: null,
    startedAt: null,
    stage: null,
    facts: 0,
    at: 0,
    turns: 0,
    costMicroUsd: 0,
  };
  return {
    facts: () => following.facts,
    add: ({ at, event }, consumer) => {
      following.at = Math.max(following.at, Date.parse(at));
      const emit = (work: Work): void => consumer.take(work);
      const { subject, facts: index } = following;
      const now = { run, subject, index, at: following.at, parent: parentOf(following, event), emit };
      followOf(event)?.(following, now, event);
      following.facts += 1;
      if (following.stage !== null && !OF_PEOPLE.has(event.type)) following.stage.last = following.at;
    },
  };
}

/** By type; the cast is sound because the table is indexed by the event's own tag. */
const followOf = (event: RunEvent): Follow<RunEvent["type"]> | undefined =>
  FOLLOWS[event.type] as Follow<RunEvent["type"]> | undefined;

/** Whether a run has to be followed because of this fact. */
export const isWork = (event: RunEvent): boolean => event.type in FOLLOWS && event.type !== "run.requested";
