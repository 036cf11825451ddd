import type { AssistantMessage, ModelRequest, StopReason, Usage } from "../core/messages.ts";
import type { ModelPrice } from "../core/money/money.ts";

/**
 * Why a call failed. Ours: `astray` was ended by the watcher, `circuit_open` was not sent because the provider has just failed too
 * often, `not_configured` has no provider for its model, `cancelled` was cancelled. The rest is the provider's or the network's doing.
 */
export type ModelFailure =
  | "rate_limited"
  | "overloaded"
  | "server_error"
  | "cut"
  | "stalled"
  | "network"
  | "unauthorized"
  | "bad_request"
  | "context_exceeded"
  | "astray"
  | "circuit_open"
  | "not_configured"
  | "cancelled";

/** A failed call is a value. */
export type ModelOutcome =
  | {
      readonly kind: "answered";
      readonly message: AssistantMessage;
      readonly stopReason: StopReason;
      readonly usage: Usage;
      readonly requestId: string;
      readonly durationMs: number;
    }
  | {
      readonly kind: "failed";
      readonly failure: ModelFailure;
      readonly detail: string;
      /** Milliseconds; with `circuit_open` the time until the provider is tried again. */
      readonly retryAfterMs: number | null;
      /**
       * What the vendor reported before the answer broke off. A vendor that reports only at the end is charged for the bytes that went
       * and came, which errs upward. Null when no answer had begun: then nothing is owed.
       */
      readonly billed: Usage | null;
      readonly durationMs: number;
    };

/** An answer as far as it has come. */
export interface PartialAnswer {
  readonly text: string;
  /** In the order of their first piece; `json` is the input's text so far. */
  readonly calls: readonly { readonly name: string; readonly json: string }[];
}

/** Looks at a growing answer, again after every piece, so it must be cheap. The reason to end it, or null. */
export type Watch = (partial: PartialAnswer) => string | null;

export interface Model {
  /**
   * One request, one attempt, never throws. Tool calls are returned only from an answer that arrived whole. When `watch` gives a
   * reason, the answer is ended there and fails as `astray` with that reason as its detail; an answer that is whole is not ended.
   */
  respond(request: ModelRequest, signal: AbortSignal, watch?: Watch): Promise<ModelOutcome>;
  /** Exact id only; null = unknown. */
  price(model: string): ModelPrice | null;
  /** The model that the operator wants asked when this one does not answer; null = none. Following it ends. */
  standIn(model: string): string | null;
  /** A person wants it tried now: where requests are held back because too many failed, one goes out. Absent where none ever are. */
  probe?(): void;
}
