import { OpenAI } from "openai";
import type { Thrown } from "./failures.ts";

const wordsOf = (error: InstanceType<typeof OpenAI.APIError>): string[] =>
  [error.type, error.code].filter((word) => typeof word === "string");

/** What the vendor's client threw, in no vendor's words. */
export function describe(thrown: unknown): Thrown {
  if (thrown instanceof OpenAI.APIConnectionTimeoutError) return { kind: "late" };
  if (!(thrown instanceof OpenAI.APIError)) return { kind: "broken", cause: thrown };
  const words = wordsOf(thrown);
  const named = { words, message: sentenceOf(thrown.error), requestId: thrown.requestID ?? null };
  const { status, headers } = thrown;
  if (typeof status === "number") return { kind: "status", status, headers, ...named };
  return words.length === 0 ? { kind: "broken", cause: thrown } : { kind: "event", ...named };
}

const sentenceOf = (error: unknown): string | null =>
  typeof error === "object" && error !== null && "message" in error && typeof error.message === "string"
    ? error.message
    : null;
