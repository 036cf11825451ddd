import type { Conversation } from "../conversation/conversation.ts";
import type { MicroUsd } from "./money.ts";

/*
 * Limits are predicates, asked before anything is spent. Money is micro-dollars, time milliseconds.
 */

export const turnLimitReached = (turns: number, limit: number): boolean => turns >= limit;

/** `worked` counts time at work only; waiting for a person is not in it. */
export const timeLimitReached = (worked: number, limit: number): boolean => worked >= limit;

/** Milliseconds a command may take that may take `wish`, when `left` remain; a second at least, so that it can say that it was cut. */
export const timeFor = (wish: number, left: number): number => Math.min(wish, Math.max(1_000, left));

/** Whether a call that may cost `needed` could pass the ceiling. `spent` includes what is reserved. */
export const wouldPass = (spent: MicroUsd, needed: MicroUsd, ceiling: MicroUsd): boolean => spent + needed > ceiling;

const WARN_AT = 0.7;

/** Whether so much is spent that people and the model are told, once. */
export const isRunningLow = (spent: MicroUsd, ceiling: MicroUsd): boolean => spent >= ceiling * WARN_AT;

/** What a vendor adds around system text, tools and messages. */
const OVERHEAD_TOKENS = 400;

/**
 * Input tokens of the conversation's next request, erring upward. Before the first answer an upper bound of all that is sent; then what
 * the last answer was billed for, and the bound of what came since. What was taken out since is taken off by the measured share of its
 * bound, so that a bound too high makes nobody believe that more was freed than was there.
 */
export function estimateTokens({ measured, size, fixedTokens }: Conversation): number {
  if (measured === null) return OVERHEAD_TOKENS + fixedTokens + size.tokens;
  const since = size.tokens - measured.bound;
  if (since >= 0) return measured.tokens + since;
  const share = Math.min(1, measured.tokens / (fixedTokens + measured.bound));
  return Math.max(0, measured.tokens + Math.ceil(since * share));
}
