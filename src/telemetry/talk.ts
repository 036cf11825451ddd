import { sendable } from "../core/conversation/sendable.ts";
import type { EventOf } from "../core/events.ts";
import type { RunId } from "../core/ids.ts";
import type { AssistantMessage, ToolCall } from "../core/messages.ts";
import type { Subject } from "../core/subject.ts";
import type { Work } from "./work.ts";

/*
 * A conversation, followed fact by fact. Invariants: (1) at most one turn and one request are open; (2) a turn is closed when its last
 * call has its result, or at its own last fact when its stage ends without one; (3) a call is given out once, however often its result
 * is told; (4) a request that was cut off is given out when its price is known, and ends where its stage ended.
 */

/** The fact that is being followed: its place, its time, and what it lies in. */
export interface Now {
  readonly run: RunId;
  readonly subject: Subject | null;
  readonly index: number;
  readonly at: number;
  /** Key of what a turn that begins now lies in. */
  readonly parent: string;
  readonly emit: (work: Work) => void;
}

interface OpenTurn {
  readonly key: string;
  readonly parent: string;
  readonly number: number;
  readonly start: number;
  readonly resumed: boolean;
  /** Time of the last fact that belongs to it. */
  last: number;
}

interface OpenChat {
  readonly key: string;
  readonly turnKey: string;
  readonly turn: number;
  readonly model: string;
  readonly start: number;
  cutAt: number | null;
}

interface OpenCall {
  readonly call: ToolCall;
  readonly arrived: number;
  started: { readonly key: string; readonly at: number } | null;
  /** Until when work went on that lies in it. */
  until: number;
}

export interface Talk {
  readonly id: string;
  readonly role: string;
  readonly tools: ReadonlySet<string>;
  /** The call of another conversation that this one answers. */
  readonly answers: { readonly conversation: string; readonly callId: string } | null;
  readonly calls: Map<string, OpenCall>;
  readonly usedIds: Set<string>;
  turn: OpenTurn | null;
  chat: OpenChat | null;
  /** Highest turn that was begun. */
  reached: number;
  /** When its last turn was over. */
  ended: number;
}

export const beginTalk = (event: EventOf<"conversation.started">): Talk => ({
  id: event.conversation,
  role: event.role,
  tools: new Set(event.tools.map(({ name }) => name)),
  answers: event.parent ?? null,
  calls: new Map(),
  usedIds: new Set(),
  turn: null,
  chat: null,
  reached: 0,
  ended: 0,
});

const about = ({ run, subject }: Now) => ({ run, subject });
const placeOf = (talk: Talk, turn: number) => ({ conversation: talk.id, role: talk.role, turn });

function turnOf(talk: Talk, now: Now, number: number): OpenTurn {
  if (talk.turn?.number === number) return talk.turn;
  closeTurn(talk, now, null);
  const { index, at, parent } = now;
  talk.turn = { key: `turn/${index}`, parent, number, start: at, resumed: number <= talk.reached, last: at };
  talk.reached = Math.max(talk.reached, number);
  return talk.turn;
}

function closeTurn(talk: Talk, now: Now, error: string | null): void {
  const { turn } = talk;
  if (turn === null) return;
  const { key, parent, start, last: end, resumed } = turn;
  now.emit({ kind: "turn", ...about(now), ...placeOf(talk, turn.number), key, parent, start, end, error, resumed });
  talk.turn = null;
  talk.ended = end;
}

export function onRequested(talk: Talk, now: Now, event: EventOf<"model.requested">): void {
  const turn = turnOf(talk, now, event.turn);
  turn.last = now.at;
  const { key: turnKey, number } = turn;
  talk.chat = { key: `chat/${now.index}`, turnKey, turn: number, model: event.model, start: now.at, cutAt: null };
}

/** The request that is answered now; a journal without its beginning has one that begins and ends here. */
function takeChat(talk: Talk, now: Now, number: number): OpenChat {
  const chat = talk.chat;
  talk.chat = null;
  if (chat !== null) return chat;
  const { key: turnKey } = turnOf(talk, now, number);
  return { key: `chat/${now.index}`, turnKey, turn: number, model: "", start: now.at, cutAt: null };
}

export function onResponded(talk: Talk, now: Now, event: EventOf<"model.responded">): void {
  const { key, turnKey: parent, model, start, cutAt } = takeChat(talk, now, event.turn);
  const { usage, stopReason, requestId, message, costMicroUsd } = event;
  const answer = { usage, stopReason, requestId, message, costMicroUsd };
  const place = { ...about(now), ...placeOf(talk, event.turn), key, parent };
  now.emit({ kind: "chat", ...place, model, start, end: cutAt ?? now.at, error: null, ...answer });
  for (const call of callsOf(talk, event.turn, message))
    talk.calls.set(call.id, { call, arrived: now.at, started: null, until: 0 });
  if (talk.turn !== null) talk.turn.last = now.at;
  if (talk.calls.size === 0) closeTurn(talk, now, null);
}

/** The calls under the ids by which facts speak of them. */
function callsOf(talk: Talk, turn: number, message: AssistantMessage): ToolCall[] {
  const calls = sendable(message, turn, (id) => talk.usedIds.has(id)).filter((block) => block.type === "tool_call");
  for (const { id } of calls) talk.usedIds.add(id);
  return calls;
}

export function onFailed(talk: Talk, now: Now, event: EventOf<"model.failed">): void {
  const { key, turnKey: parent, model, start, cutAt } = takeChat(talk, now, event.turn);
  const nothing = { usage: null, stopReason: null, requestId: null, message: null };
  const { failure: error, costMicroUsd } = event;
  const place = { ...about(now), ...placeOf(talk, event.turn), key, parent };
  now.emit({ kind: "chat", ...place, model, start, end: cutAt ?? now.at, error, costMicroUsd, ...nothing });
  if (talk.turn !== null) talk.turn.last = now.at;
}

export function onCalled(talk: Talk, now: Now, event: EventOf<"tool.called">): void {
  turnOf(talk, now, event.turn).last = now.at;
  const call = talk.calls.get(event.callId)?.call ?? unknownCall(event);
  const started = { key: `tool/${now.index}`, at: now.at };
  talk.calls.set(event.callId, { call, arrived: now.at, started, until: 0 });
}

const unknownCall = ({ callId, name }: EventOf<"tool.called">): ToolCall => ({
  type: "tool_call",
  id: callId,
  name,
  input: {},
});

export function onReturned(talk: Talk, now: Now, event: EventOf<"tool.returned">): void {
  const open = talk.calls.get(event.callId);
  if (open === undefined) return;
  const turn = turnOf(talk, now, event.turn);
  turn.last = now.at;
  // Results of neighbours are told together; how long each took is in its fact.
  const start = open.started?.at ?? Math.max(turn.start, now.at - event.durationMs);
  const end = Math.min(now.at, Math.max(start + event.durationMs, open.until));
  giveOut(talk, now, { open, start, end, error: event.isError ? "tool_error" : null, result: event.content });
  if (talk.calls.size === 0) closeTurn(talk, now, null);
}

interface Ended {
  readonly open: OpenCall;
  readonly start: number;
  readonly end: number;
  readonly error: string | null;
  readonly result: string | null;
}

function giveOut(talk: Talk, now: Now, { open, ...ended }: Ended): void {
  const { call, started } = open;
  const key = started?.key ?? `tool/${now.index}/${call.id}`;
  const parent = talk.turn?.key ?? now.parent;
  const declared = talk.tools.has(call.name);
  const place = { ...about(now), ...placeOf(talk, talk.turn?.number ?? talk.reached), key, parent };
  now.emit({ kind: "tool", ...place, call, declared, ...ended });
  talk.calls.delete(call.id);
}

/** The answer that ended the conversation was taken: its turn ends with that. */
export function fulfilTalk(talk: Talk, now: Now): void {
  if (talk.turn === null) return;
  talk.turn.last = now.at;
  settleTalk(talk, now, null);
}

/**
 * The stage is over, or the call that the conversation answers. With an error, calls under way were cut off and the others stay open;
 * without one, the calls that are left are those that ended the conversation (`submit`, `ask`), and nothing tells of their results.
 */
export function settleTalk(talk: Talk, now: Now, error: string | null): void {
  const last = talk.turn?.last ?? now.at;
  for (const open of talk.calls.values()) {
    if (error !== null && open.started === null) continue;
    const start = Math.min(open.started?.at ?? open.arrived, last);
    const end = Math.max(last, open.until);
    if (talk.turn !== null) talk.turn.last = end;
    giveOut(talk, now, { open, start, end, error, result: null });
  }
  if (talk.chat !== null) talk.chat.cutAt ??= last;
  closeTurn(talk, now, error);
}
