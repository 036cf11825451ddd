import type { Conversation } from "./conversation.ts";
import type { MicroUsd } from "./money.ts";

/*
 * Limits are predicates, asked before anything is spent. Money is micro-dollars, time milliseconds.
 */

export const turnLimitReached = (turns: number, limit: number): boolean => turns >= limit;

/** `worked` counts time at work only; waiting for a person is not in it. */
export const timeLimitReached = (worked: number, limit: number): boolean => worked >= limit;

/** Whether a call that may cost `needed` could pass the ceiling. `spent` includes what is reserved. */
export const wouldPass = (spent: MicroUsd, needed: MicroUsd, ceiling: MicroUsd): boolean => spent + needed > ceiling;

const WARN_AT = 0.7;

/** Whether so much is spent that people and the model are told, once. */
export const isRunningLow = (spent: MicroUsd, ceiling: MicroUsd): boolean => spent >= ceiling * WARN_AT;

/** Fewer characters than any of today's models puts in a token of ordinary prose or code. */
const BYTES_PER_TOKEN = 3.5;
/** What a vendor adds around system text, tools and messages. */
const OVERHEAD_TOKENS = 400;

/**
 * Input tokens of the conversation's next request, erring upward: what the last answer was billed for, and everything added since
 * as UTF-8 bytes / 3.5. Bytes, because a character beyond ASCII may well be a token of its own.
 */
export function estimateTokens(conversation: Conversation): number {
  const { measured, bytes } = conversation;
  if (measured !== null) return measured.tokens + Math.ceil((bytes - measured.bytes) / BYTES_PER_TOKEN);
  const fixed = Buffer.byteLength(conversation.system) + Buffer.byteLength(JSON.stringify(conversation.tools));
  return OVERHEAD_TOKENS + Math.ceil((fixed + bytes) / BYTES_PER_TOKEN);
}
