import type { IncomingMessage } from "node:http";
import type { Refusal, Turn } from "./answer.ts";
import type { InputTokens, PromptCache } from "./cache.ts";
import type { WireMessage, WireRequest } from "./request.ts";

/*
 * What a scripted server speaks. Scripts know one form of a request, whatever came over the wire; a dialect reads its own into it,
 * and says an answer in its own words.
 */

export type Read = { readonly kind: "request"; readonly request: WireRequest } | Refusal;

export interface Billed extends InputTokens {
  readonly output: number;
}

/** An answer with what goes with it; `id` follows from the request's bytes. */
export interface Message {
  readonly id: string;
  readonly model: string;
  readonly turn: Turn;
  readonly usage: Billed;
}

/** An answer as pieces of a stream. `end` says that it is over; its last piece is the wire's own sign of that. */
export interface Pieces {
  readonly body: readonly string[];
  readonly end: readonly string[];
}

export interface Dialect {
  readonly requestIdHeader: string;
  readonly createCache: () => PromptCache;
  /** Whether this path is one to ask a model at. */
  readonly asks: (path: string) => boolean;
  /** The request in the form that scripts know, or why the vendor would refuse it. `paused` tells an answer that ended in `pause_turn`. */
  readonly read: (incoming: IncomingMessage, raw: string, paused: (message: WireMessage) => boolean) => Read;
  readonly keyOf: (headers: IncomingMessage["headers"]) => string | null;
  readonly pieces: (path: string, message: Message) => Pieces;
  /** The answer to a request that did not ask for a stream. */
  readonly whole: (message: Message) => unknown;
  readonly ping: string;
  /** The sign, in mid-answer, that the vendor is overloaded. */
  readonly overloaded: string;
  readonly notJson: string;
  /** A refusal's body in the vendor's shape. */
  readonly refusal: (refusal: Refusal) => unknown;
  readonly models: unknown;
}

/** The body's object; nothing when it is not one. */
export function jsonOf(raw: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** A text in pieces, so that every reader has to put them together: three, unless the answer is paced. */
export function piecesOf(whole: string, { pace }: Turn): string[] {
  const size = Math.ceil(whole.length / (pace?.pieces ?? 3));
  const pieces: string[] = [];
  for (let at = 0; at < whole.length; at += size) pieces.push(whole.slice(at, at + size));
  return pieces;
}
