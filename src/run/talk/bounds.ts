import type { LoopBudget, LoopLimits } from "../../agent/options.ts";
import { ceilingOf, type Wish } from "../../core/money/ceiling.ts";
import type { MicroUsd } from "../../core/money/money.ts";
import type { RunState } from "../../core/state.ts";
import { commandTime, intakeOf, type StageContext } from "../stage.ts";

/* What a conversation may take of its run: answers, time, money. */

/** Longest answer asked for, in tokens, thinking included. */
const MAX_OUTPUT_TOKENS = 16_000;

export interface Bounds {
  /** Answers at most; a stage's limit when left out. */
  readonly turns?: number;
  /** Of what the run had left without it, most that this conversation may spend: 0 to 1. */
  readonly share?: number;
  /** Tokens of one answer at most, thoughts included. */
  readonly answerTokens?: number;
}

export function limitsOf(context: StageContext, { turns, answerTokens }: Bounds): LoopLimits {
  const { limits } = intakeOf(context).settings;
  return {
    turns: Math.min(limits.turns, turns ?? limits.turns),
    workMs: limits.run_minutes * 60_000,
    stageMs: limits.stage_minutes * 60_000,
    get commandMs() {
      return commandTime(context, limits.command_minutes);
    },
    memoryMb: limits.memory_mb,
    maxOutputTokens: answerTokens ?? MAX_OUTPUT_TOKENS,
  };
}

type Call = Pick<Wish, "conversation" | "neededMicroUsd">;

function wishFor(state: RunState, call: Call, share: number | undefined): Wish {
  if (share === undefined) return call;
  const others = state.costMicroUsd - (state.costByConversation[call.conversation] ?? 0);
  return { ...call, most: Math.floor((ceilingOf(state) - others) * share) };
}

/** The money of the conversation that `current` names when it is asked. */
export function budgetOf(context: StageContext, current: () => string, { share }: Bounds): LoopBudget {
  const { state, purse, signal } = context;
  return {
    spent: () => state().costMicroUsd,
    ceiling: () => ceilingOf(state()),
    // Who has only a share is not told of the whole: whoever gave it is, at their next request.
    warned: () => share !== undefined || state().warned,
    hold: (neededMicroUsd: MicroUsd) =>
      purse.hold(wishFor(state(), { conversation: current(), neededMicroUsd }, share), signal),
    othersAsk: () => Object.keys(state().openCalls).some((conversation) => conversation !== current()),
  };
}
