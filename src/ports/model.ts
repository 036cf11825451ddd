import type { AssistantMessage, ModelRequest, StopReason, Usage } from "../core/messages.ts";
import type { ModelPrice } from "../core/money.ts";

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
  | "cancelled";

/** A failed call is a value. `billed` is what the vendor reported before it broke, if anything. */
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
      readonly retryAfterMs: number | null;
      readonly billed: Usage | null;
      readonly durationMs: number;
    };

export interface Model {
  /** One request, one attempt, never throws. Tool calls are returned only from an answer that arrived whole. */
  respond(request: ModelRequest, signal: AbortSignal): Promise<ModelOutcome>;
  /** Exact id only; null = unknown. */
  price(model: string): ModelPrice | null;
}
