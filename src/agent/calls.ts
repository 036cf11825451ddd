import { JourneymanError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import type { ToolCall } from "../core/messages.ts";
import type { Result, ToolOutcome } from "../tools/outcome.ts";
import { guardRepeats } from "./guard.ts";
import { merge } from "./merge.ts";
import { hasUnsavedWork, STOPPED, type LoopEnd, type LoopOptions } from "./options.ts";
import { groupsOf, isEnding, isReady, planCalls, type Planned, type Ready } from "./planned-calls.ts";
import { ANOTHER_FAILED, NOT_AVAILABLE, notWhole, ONE_AT_A_TIME } from "./replies.ts";

type Timed = { readonly outcome: ToolOutcome; readonly durationMs: number };

const refusal = (content: string): Result => ({ kind: "result", content, isError: true });

/**
 * Answers the open calls of the last answer: harmless neighbours side by side, the others one after another, `submit` and `ask` last.
 * Null when the model has to be asked again. Throws `call_keeps_failing`, `loop_detected`, `sandbox_limit`, `sandbox_lost`, and what a delegate throws.
 */
export async function* runCalls(options: LoopOptions): AsyncGenerator<RunEvent, LoopEnd | null> {
  const conversation = options.current();
  const { pending, lastStop, turn } = conversation;
  if (lastStop !== "tool_use") {
    for (const call of pending) yield* answer(options, call, { outcome: refusal(notWhole(call)), durationMs: 0 });
    return null;
  }
  const planned = planCalls(conversation, options.tools);
  const save = () => options.afterTools(turn, hasUnsavedWork(options.current(), options.tools));
  try {
    for (const group of groupsOf(planned.filter((one) => !isEnding(one)))) {
      if (!(yield* runGroup(options, group))) return STOPPED;
    }
  } catch (thrown) {
    // The workspace is whole, and the work may go on in it.
    if (isCircle(thrown)) yield* save();
    throw thrown;
  }
  if (planned.some((one) => !isEnding(one))) yield* save();
  return yield* settleEndings(options, planned.filter(isEnding));
}

const isCircle = (thrown: unknown): boolean =>
  thrown instanceof JourneymanError && (thrown.code === "call_keeps_failing" || thrown.code === "loop_detected");

/** False when the run was stopped meanwhile: then no result is given, since a stopped command has none. */
async function* runGroup(options: LoopOptions, group: readonly Planned[]): AsyncGenerator<RunEvent, boolean> {
  if (options.signal.aborted) return false;
  const { id, turn } = options.current();
  for (const { call, prepared } of group.filter(isReady)) {
    const { effect } = prepared;
    yield { type: "tool.called", conversation: id, turn, callId: call.id, name: call.name, effect };
  }
  const timed = yield* sideBySide(options, group);
  if (options.signal.aborted) return false;
  for (const [place, { call }] of group.entries()) {
    const result = timed[place];
    if (result !== undefined) yield* answer(options, call, result);
  }
  return true;
}

async function* sideBySide(
  options: LoopOptions,
  group: readonly Planned[],
): AsyncGenerator<RunEvent, readonly Timed[]> {
  const [first, ...others] = group;
  if (first === undefined) return [];
  if (others.length === 0) return [yield* runOne(options, first, options.signal)];
  const controller = new AbortController();
  const signal = AbortSignal.any([options.signal, controller.signal]);
  return yield* merge(
    group.map((one) => runOne(options, one, signal)),
    () => controller.abort(),
  );
}

async function* runOne(
  options: LoopOptions,
  { call, prepared }: Planned,
  signal: AbortSignal,
): AsyncGenerator<RunEvent, Timed> {
  if (prepared.kind === "answered") return { outcome: refusal(prepared.content), durationMs: 0 };
  const { workspace, limits, clock, skills, web, delegate } = options;
  const start = clock.now();
  const context = {
    workspace,
    signal,
    callId: call.id,
    commandMs: limits.commandMs,
    ...(skills && { skills }),
    ...(web && { web }),
  };
  options.failpoint?.(`tool.before:${call.name}`);
  let outcome = await prepared.run(context);
  if (outcome.kind === "delegated") {
    const found = delegate === undefined ? refusal(NOT_AVAILABLE) : yield* delegate(call, outcome.wish, signal);
    outcome = signal.aborted ? found : await prepared.finish(found, context);
  }
  options.failpoint?.(`tool.after:${call.name}`);
  return { outcome, durationMs: Math.max(0, clock.now() - start) };
}

/** Gives a call its result, with a word to a model that repeats itself; ends the loop when it does so for too long. */
async function* answer(options: LoopOptions, call: ToolCall, { outcome, durationMs }: Timed): AsyncGenerator<RunEvent> {
  if (outcome.kind !== "result") return;
  const { id, turn, exchanges } = options.current();
  const effectOf = (past: ToolCall) => options.tools.find(({ name }) => name === past.name)?.effectOf(past) ?? null;
  const repeats = guardRepeats({ exchanges, call, result: outcome, effectOf });
  yield* outcome.facts ?? [];
  const { content, count } = repeats;
  const { isError } = outcome;
  yield { type: "tool.returned", conversation: id, turn, callId: call.id, content, isError, durationMs };
  if (count > 1 && isOutOfMemory(outcome)) {
    throw new JourneymanError("sandbox_limit", { limit: "memory", value: `${options.limits.memoryMb} MB` });
  }
  if (repeats.end === "none") return;
  // The name of an undeclared tool is the model's own text and does not go into a public sentence.
  const tool = effectOf(call) === null ? "a tool that does not exist" : call.name;
  throw new JourneymanError(repeats.end === "park" ? "call_keeps_failing" : "loop_detected", { tool, count });
}

const isOutOfMemory = ({ content, isError }: Result): boolean =>
  isError && content.startsWith('{"error":"out_of_memory"');

/** The first ending counts, if nothing else in its answer failed: its author has not seen that failure yet. */
async function* settleEndings(
  options: LoopOptions,
  endings: readonly Ready[],
): AsyncGenerator<RunEvent, LoopEnd | null> {
  const [first, ...others] = endings;
  if (first === undefined) return null;
  const failed = options.current().latest.some(({ result }) => result.isError);
  const refused = failed ? endings : others;
  for (const { call } of refused) {
    yield* answer(options, call, { outcome: refusal(failed ? ANOTHER_FAILED : ONE_AT_A_TIME), durationMs: 0 });
  }
  if (failed) return null;
  const { outcome } = yield* runOne(options, first, options.signal);
  const callId = first.call.id;
  if (outcome.kind === "submitted") return { kind: "submitted", callId, input: outcome.input };
  if (outcome.kind === "asked") return { kind: "asked", callId, questions: outcome.questions };
  yield* answer(options, first.call, { outcome, durationMs: 0 });
  return null;
}
