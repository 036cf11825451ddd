import type { ToolCall } from "../core/messages.ts";
import { failure } from "../tools/outcome.ts";

/*
 * What the loop itself says to a model: one scripted reply for each state that is not a plain tool call.
 */

export const NO_CALL =
  "Your last answer called no tool, so nothing happened. If you are finished, call submit; if you need a decision from people, call ask; otherwise go on with the tools.";

export const EMPTY = "Your last answer was empty. Go on with the task, or call submit if it is finished.";

export const CUT =
  "Your last answer reached the limit on its length and was cut off there. Go on from where it ended, in smaller parts.";

export const interrupted = (turn: number): string =>
  `The work was interrupted. The workspace is now as ${turn === 0 ? "it was at the start" : `after your answer number ${turn}`}: what your later calls changed is gone, even where a result says otherwise. Look at the files before you go on.`;

export const wentAstray = (reason: string): string =>
  `Your last answer was ended while you wrote it, and nothing of it counts: ${reason}. Write it again from its beginning, with that mended.`;

export const lowBudget = (spent: string, ceiling: string): string =>
  `${spent} of the budget of ${ceiling} is spent. Bring the work to an end: finish what is started, then call submit.`;

const RECEIVED_CHARACTERS = 600;

/** Answers a call of an answer that was cut: nothing of it is run, whatever it looks like. */
export function notWhole({ input, malformed }: ToolCall): string {
  const raw = malformed ?? JSON.stringify(input);
  const received = raw.length > RECEIVED_CHARACTERS ? `${raw.slice(0, 300)} … ${raw.slice(-300)}` : raw;
  const suggestion = "The answer did not arrive whole, so nothing of it was run. Call again, with less in one call.";
  return failure("cut_off", { received, suggestion }).content;
}

/** Answers a call that was open when the work was interrupted. Whether it ran is not known, and does not matter any more. */
export const cutOffBy = (turn: number): string =>
  failure("interrupted", { suggestion: `This call was cut off and has no effect. ${interrupted(turn)}` }).content;

export const ANOTHER_FAILED = failure("not_accepted", {
  suggestion: "Another call of the same answer failed. Look at its result, then call this again.",
}).content;

export const ONE_AT_A_TIME = failure("not_accepted", { suggestion: "Call submit or ask once, and not both." }).content;

export const NOT_AVAILABLE = failure("not_available", {
  suggestion: "This tool is not available in this work. Go on without it.",
}).content;

export const usedUp = (tool: string, most: number): string =>
  failure("used_up", { suggestion: `${tool} may be called ${most} times, and it was. Go on with what you know.` })
    .content;

export const ONCE_MORE_FAILING = (count: number): string =>
  `[You have made this very call ${count} times and it failed the same way each time. Try something else; at every fifth time the work waits for a person, at 20 it is stopped.]`;

export const ONCE_MORE_SAME = (count: number): string =>
  `[You have made this very call ${count} times with the very same result. Repeating it will not help; at 20 the work is stopped.]`;
