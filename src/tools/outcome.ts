import type { RunEvent } from "../core/events.ts";
import type { Wish } from "./wish.ts";

/** `facts` are appended before the result is. */
export type ToolOutcome =
  | {
      readonly kind: "result";
      readonly content: string;
      readonly isError: boolean;
      readonly facts?: readonly RunEvent[];
    }
  | { readonly kind: "submitted"; readonly input: Readonly<Record<string, unknown>> }
  | { readonly kind: "asked"; readonly questions: readonly string[] }
  /** Somebody else has to find the result out. */
  | { readonly kind: "delegated"; readonly wish: Wish };

export type Result = Extract<ToolOutcome, { kind: "result" }>;

/** A failure as data: `error` is a stable code, `suggestion` says what to do instead. One line of JSON, so that it reads the same everywhere. */
export const failure = (
  error: string,
  about: { readonly path?: string; readonly suggestion: string } & Readonly<Record<string, unknown>>,
): Result => ({
  kind: "result",
  isError: true,
  content: JSON.stringify({ error, ...about }),
});

export const success = (content: string): Result => ({
  kind: "result",
  isError: false,
  content,
});
