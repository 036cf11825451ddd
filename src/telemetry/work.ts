import type { Stage } from "../core/events.ts";
import type { RunId } from "../core/ids.ts";
import type { AssistantMessage, StopReason, ToolCall, Usage } from "../core/messages.ts";
import type { MicroUsd } from "../core/money/money.ts";
import type { Subject } from "../core/subject.ts";

/*
 * Pieces of work of a run that are over: what spans and metrics are made of. Times are milliseconds since 1970, by the facts.
 * A piece lies within its parent's time.
 */

interface Piece {
  readonly run: RunId;
  /** Null only for a journal that does not begin with `run.requested`. */
  readonly subject: Subject | null;
  /** Unique in the run. */
  readonly key: string;
  readonly parent: string | null;
  readonly start: number;
  readonly end: number;
  /** A short word for what went wrong, of few possible ones; null when nothing did. */
  readonly error: string | null;
}

/** Where in a conversation with a model something happened. */
export interface Place {
  readonly conversation: string;
  readonly role: string;
  readonly turn: number;
}

export interface RunWork extends Piece {
  readonly kind: "run";
  readonly outcome: string;
  readonly turns: number;
  readonly costMicroUsd: MicroUsd;
}

/** `outcome` is how the stage ended: finished, failed, parked, interrupted, or the outcome of the run that ended it. */
export interface StageWork extends Piece {
  readonly kind: "stage";
  readonly stage: Stage;
  readonly round: number;
  readonly outcome: string;
}

/** From asking the model to the last result of the tools it called. `resumed` marks the rest of a turn that was cut off. */
export interface TurnWork extends Piece, Place {
  readonly kind: "turn";
  readonly resumed: boolean;
}

/** One request to a model. `usage` and what follows it are null when no answer came. */
export interface ChatWork extends Piece, Place {
  readonly kind: "chat";
  readonly model: string;
  readonly costMicroUsd: MicroUsd;
  readonly usage: Usage | null;
  readonly stopReason: StopReason | null;
  readonly requestId: string | null;
  readonly message: AssistantMessage | null;
}

/** One call of a tool. `declared` is false for a name that the model made up. */
export interface ToolWork extends Piece, Place {
  readonly kind: "tool";
  readonly call: ToolCall;
  readonly declared: boolean;
  /** What the model was told; null for a call that ended its conversation or never ended itself. */
  readonly result: string | null;
}

export type Work = RunWork | StageWork | TurnWork | ChatWork | ToolWork;

/** Takes finished work: quick, and throws nothing. */
export interface Consumer {
  take(work: Work): void;
}
