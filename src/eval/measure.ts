import { canonicalJson } from "../core/digest.ts";
import type { RunEvent, StoredEvent } from "../core/events.ts";
import type { ToolCall, Usage } from "../core/messages.ts";
import { addUsage, ZERO_USAGE } from "../core/messages.ts";
import { roleOfSystem, type ScriptRole } from "../core/prompt-roles.ts";

/*
 * What a run took, counted from its facts.
 */

/** Signs of a harness or a model that goes about it badly; none of them is a failure by itself. */
export interface Smell {
  /** Calls with the same tool and input as an earlier one of their conversation. */
  readonly repeatedCalls: number;
  /** Files read again in a conversation that did not change them in between. */
  readonly rereads: number;
  readonly failedEdits: number;
  /** Answers without a call. */
  readonly answersWithoutCalls: number;
  /** Requests to the model that failed. */
  readonly retries: number;
}

export interface Measures {
  readonly costMicroUsd: number;
  readonly turns: number;
  readonly toolCalls: number;
  readonly toolErrors: number;
  readonly usage: Usage;
  /** Share of the input that was read from the cache, 0 to 1. */
  readonly cacheShare: number;
  /** Milliseconds by the clock, waiting included. */
  readonly durationMs: number;
  readonly smell: Smell;
}

interface Made {
  readonly conversation: string;
  readonly call: ToolCall;
  readonly isError: boolean;
}

/** Calls with their results, in the order in which they were answered. */
function callsOf(facts: readonly RunEvent[]): Made[] {
  const open = new Map<string, ToolCall>();
  const made: Made[] = [];
  for (const fact of facts) {
    if (fact.type === "model.responded")
      for (const block of fact.message.content)
        if (block.type === "tool_call") open.set(`${fact.conversation} ${block.id}`, block);
    if (fact.type !== "tool.returned") continue;
    const call = open.get(`${fact.conversation} ${fact.callId}`);
    // Work that is sent back by tests or reviewers is no call that failed.
    const isError = fact.isError && fact.fix === undefined && fact.review === undefined;
    if (call !== undefined) made.push({ conversation: fact.conversation, call, isError });
  }
  return made;
}

const EDITS = new Set(["edit", "apply_patch", "write"]);
/** Each of them is meant to be made again. */
const REPEATABLE = new Set(["submit", "ask", "todo", "bash"]);

function repeats(made: readonly Made[]): Pick<Smell, "repeatedCalls" | "rereads"> {
  const seen = new Set<string>();
  let read = new Set<string>();
  let repeatedCalls = 0;
  let rereads = 0;
  for (const { conversation, call, isError } of made) {
    if ((EDITS.has(call.name) || call.name === "bash") && !isError)
      read = new Set([...read].filter((key) => !key.startsWith(`${conversation} `)));
    const key = `${conversation} ${call.name} ${canonicalJson(call.input)}`;
    if (seen.has(key) && !REPEATABLE.has(call.name)) repeatedCalls += 1;
    seen.add(key);
    if (call.name !== "read" || isError) continue;
    const { path, offset = 1 } = call.input;
    const file = `${conversation} ${canonicalJson([path ?? null, offset])}`;
    if (read.has(file)) rereads += 1;
    read.add(file);
  }
  return { repeatedCalls, rereads };
}

/** Answers without a call in conversations that have tools: elsewhere a text is what was asked for. */
function withoutCalls(facts: readonly RunEvent[]): number {
  const started = facts.filter((fact) => fact.type === "conversation.started");
  const withTools = new Set(started.filter(({ tools }) => tools.length > 0).map(({ conversation }) => conversation));
  return facts.filter(
    (fact) =>
      fact.type === "model.responded" &&
      withTools.has(fact.conversation) &&
      fact.message.content.every(({ type }) => type !== "tool_call"),
  ).length;
}

const inputOf = ({ input, cacheRead, cacheWrite }: Usage): number => input + cacheRead + cacheWrite;

export function cacheShareOf(usage: Usage): number {
  const input = inputOf(usage);
  return input === 0 ? 0 : usage.cacheRead / input;
}

export function measuresOf(stored: readonly StoredEvent[]): Measures {
  const facts = stored.map(({ event }) => event);
  const answers = facts.filter((fact) => fact.type === "model.responded");
  const failures = facts.filter((fact) => fact.type === "model.failed");
  const made = callsOf(facts);
  const usage = answers.reduce((sum, { usage }) => addUsage(sum, usage), ZERO_USAGE);
  const [first, last] = [stored[0], stored.at(-1)];
  return {
    costMicroUsd: [...answers, ...failures].reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0),
    turns: answers.length,
    toolCalls: made.length,
    toolErrors: made.filter(({ isError }) => isError).length,
    usage,
    cacheShare: cacheShareOf(usage),
    durationMs: first === undefined || last === undefined ? 0 : Date.parse(last.at) - Date.parse(first.at),
    smell: {
      ...repeats(made),
      failedEdits: made.filter(({ call, isError }) => isError && EDITS.has(call.name)).length,
      answersWithoutCalls: withoutCalls(facts),
      retries: failures.filter(({ failure }) => failure !== "cancelled").length,
    },
  };
}

/** Names of the tools that each role called, in order; calls that ended a conversation included. */
export function toolsByRole(stored: readonly StoredEvent[]): ReadonlyMap<ScriptRole, readonly string[]> {
  const roles = new Map<string, ScriptRole>();
  const tools = new Map<ScriptRole, string[]>();
  for (const { event } of stored) {
    if (event.type === "conversation.started") {
      const role = roleOfSystem(event.system);
      if (role !== null) roles.set(event.conversation, role);
    }
    if (event.type !== "model.responded") continue;
    const role = roles.get(event.conversation);
    if (role === undefined) continue;
    const names = event.message.content.flatMap((block) => (block.type === "tool_call" ? [block.name] : []));
    tools.set(role, [...(tools.get(role) ?? []), ...names]);
  }
  return tools;
}
