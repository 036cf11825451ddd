import type { Conversation } from "../core/conversation/conversation.ts";
import type { RunEvent, Stage } from "../core/events.ts";
import type { MicroUsd } from "../core/money/money.ts";
import type { Clock } from "../ports/clock.ts";
import type { Model, Watch } from "../ports/model.ts";
import type { Workspace } from "../ports/sandbox.ts";
import type { Reach } from "../tools/context.ts";
import type { Tool } from "../tools/tool.ts";
import type { Delegate } from "./delegate.ts";
import type { Room } from "./room.ts";

/*
 * The contract between the loop and whoever drives it.
 *
 * The loop owns: what is asked of the model, which calls are run, when to stop. It keeps nothing between two facts: all it knows comes
 * from `current()`, so a conversation that was cut anywhere goes on from its facts.
 * The driver owns: the journal, the workspace, the budget.
 *
 * L1 The generator is resumed only after the yielded fact is durable and folded into what `current()` and `budget` return.
 * L2 Where no fact may be appended any more (lease lost), the generator is ended. A request for which there is no money is refused by
 *    throwing the reason into the generator: it was not appended, and the loop waits or passes the reason on.
 * L3 `model.requested` comes before every attempt, and `model.responded` or `model.failed` after it, also when it was cancelled.
 * L4 `tool.called` comes before a tool runs; a call that is answered without running has `tool.returned` only.
 * L5 When `afterTools` is told that something may have been written, it yields a `checkpoint.saved` of that turn, changed or not.
 *    What was started after the last checkpoint is lost when the workspace is opened again, and the model is told so.
 * L6 The call to `submit` or `ask` that ended the loop stays open. To go on in the same conversation, answer it with `tool.returned`
 *    (see `answerTo`); to be asked again for the same end after a crash, just start the loop again.
 * L7 What `delegate` yields is passed on under L1, and may come between the facts of other calls of the same answer. It is called again
 *    for the same call when the work was interrupted in it, and goes on from its own facts.
 */
export interface LoopOptions extends Reach {
  readonly stage: Stage;
  readonly current: () => Conversation;
  readonly model: Model;
  readonly workspace: Workspace;
  /** The only things the model can do in this stage. */
  readonly tools: readonly Tool[];
  readonly clock: Pick<Clock, "now" | "sleep">;
  /** Stops the loop soon, with the end `stopped`. */
  readonly signal: AbortSignal;
  readonly limits: LoopLimits;
  readonly budget: LoopBudget;
  /** Milliseconds that the run has been at work. */
  readonly workedMs: () => number;
  /** Milliseconds that this stage has been at work. */
  readonly stageWorkedMs: () => number;
  /** In [0, 1): jitter of waits. */
  readonly random: () => number;
  /** Runs after the calls of an answer, before the next request. */
  readonly afterTools: (turn: number, wrote: boolean) => AsyncIterable<RunEvent>;
  /** Looks at each answer as it grows and may end it; twice in a conversation at most. */
  readonly watch?: Watch;
  /** Does what a tool wishes. Without it such a tool answers that it is not available. */
  readonly delegate?: Delegate;
  /** See ports/failpoint.ts. */
  readonly failpoint?: (point: string) => void;
  /** Keeps the conversation within the model's window. Without it a request that is too long ends the conversation. */
  readonly room?: Room;
}

export interface LoopLimits {
  /** Answers in this conversation. */
  readonly turns: number;
  readonly workMs: number;
  readonly stageMs: number;
  /** Longest command of a tool, asked right before it runs: less when little of the run's or the stage's time is left. */
  readonly commandMs: number;
  /** Named when memory ran out. */
  readonly memoryMb: number;
  /** Bound of one answer; doubled once after an answer that reached it. */
  readonly maxOutputTokens: number;
}

export interface LoopBudget {
  /** Settled, of the whole run. */
  readonly spent: () => MicroUsd;
  readonly ceiling: () => MicroUsd;
  /** Whether `limit.warned` is among the run's facts. */
  readonly warned: () => boolean;
  /**
   * Asked before a request that may cost `needed`: waits for room and holds it until the returned function is called. Null when the signal
   * fired. Throws `budget_exhausted`.
   */
  readonly hold: (needed: MicroUsd) => Promise<(() => void) | null>;
  /** Whether other conversations of this run wait for answers: most of what they have set aside comes back. */
  readonly othersAsk: () => boolean;
}

/** How the loop ended without a fault. Every fault is thrown as a `JourneymanError`. */
export type LoopEnd =
  /** `input` fits the schema of the stage's `submit`. */
  | { readonly kind: "submitted"; readonly callId: string; readonly input: Readonly<Record<string, unknown>> }
  | { readonly kind: "asked"; readonly callId: string; readonly questions: readonly string[] }
  /** The model kept to text, reminders included. `text` is its last. */
  | { readonly kind: "ended_without_submit"; readonly text: string }
  /** The signal fired. */
  | { readonly kind: "stopped" };

export const STOPPED: LoopEnd = { kind: "stopped" };

/** Whether something was started since the last checkpoint that may have written. A tool of an older release counts as one. */
export const hasUnsavedWork = ({ unsaved }: Conversation, tools: readonly Tool[]): boolean =>
  unsaved.some((name) => {
    const effect = tools.find((tool) => tool.name === name)?.effect;
    return effect !== "none" && effect !== "end";
  });
