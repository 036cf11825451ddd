import { answerTo, converse } from "../agent/loop.ts";
import type { LoopEnd, LoopOptions } from "../agent/options.ts";
import { ceilingOf } from "../core/ceiling.ts";
import type { RunEvent, Stage } from "../core/events.ts";
import type { OpenWorkspace } from "../ports/sandbox.ts";
import type { Tool } from "../tools/tool.ts";
import { intakeOf, required, type StageContext } from "./stage.ts";

/** Longest answer asked for, in tokens, thinking included. */
const MAX_OUTPUT_TOKENS = 16_000;

export interface Conversing {
  readonly stage: Stage;
  readonly conversation: string;
  readonly open: OpenWorkspace;
  readonly tools: readonly Tool[];
  readonly afterTools: LoopOptions["afterTools"];
}

/** The agent loop with what a run gives it: its conversation, its budget, its limits. */
export function conversing(context: StageContext, wish: Conversing): AsyncGenerator<RunEvent, LoopEnd> {
  const { world, state, signal } = context;
  const { limits } = intakeOf(context).settings;
  return converse({
    stage: wish.stage,
    current: () => required(state().conversations[wish.conversation] ?? null, "conversation"),
    model: world.model,
    workspace: wish.open.workspace,
    tools: wish.tools,
    clock: world.clock,
    signal,
    limits: {
      turns: limits.turns,
      workMs: limits.run_minutes * 60_000,
      commandMs: limits.command_minutes * 60_000,
      memoryMb: limits.memory_mb,
      maxOutputTokens: MAX_OUTPUT_TOKENS,
    },
    budget: {
      spent: () => state().costMicroUsd,
      ceiling: () => ceilingOf(state()),
      warned: () => state().warned,
    },
    workedMs: () => state().workMs,
    random: world.random,
    afterTools: wish.afterTools,
  });
}

/** A call that was sent and never answered, because the worker stopped: what it cost is not known, so its reservation is charged. */
export function* settleOpenCall(context: StageContext): Generator<RunEvent> {
  const open = context.state().openCall;
  if (open === null) return;
  const { conversation, turn, reservedMicroUsd } = open;
  const detail = "the worker stopped before the answer arrived; the whole reservation is charged";
  yield {
    type: "model.failed",
    conversation,
    turn,
    failure: "interrupted",
    detail,
    retryAfterMs: null,
    costMicroUsd: reservedMicroUsd,
  };
}

/** The answer of a person to an open question, quoted back to the model as the result of its call. */
export function* quoteAnswer(context: StageContext): Generator<RunEvent> {
  const { question, conversations } = context.state();
  if (question === null || question.answer === null) return;
  const conversation = required(conversations[question.conversation] ?? null, "conversation");
  const fact = answerTo(conversation, `A person answered: ${JSON.stringify(question.answer)}`);
  if (fact !== null) yield fact;
}

/** A word that nobody outside can know when they write the text that will be fenced with it. */
export const fenceWord = (context: StageContext): string => context.world.clock.newRunId().slice(-12);
