import { CATALOGUE, type ErrorClass } from "./catalogue.ts";

export type ErrorCode = keyof typeof CATALOGUE;
export type ErrorDetails = Readonly<Record<string, string | number>>;

/** The public sentence of a code, its placeholders filled. A placeholder without a detail stays visible, so a test can find it. */
export function sentenceOf(code: ErrorCode, details: ErrorDetails = {}): string {
  return CATALOGUE[code].sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole));
}

/** The one error this program throws on purpose. Its message is the catalogue's sentence; the cause is for the log only. */
export class JourneymanError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  /** How long the outside asked us to wait, in milliseconds, when it said so. */
  readonly retryAfterMs: number | null;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(sentenceOf(code, details), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "JourneymanError";
    this.code = code;
    this.details = details;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }

  get class(): ErrorClass {
    return CATALOGUE[this.code].class;
  }
}

/** Any thrown value as one of ours: what we do not know is `internal`, with the original kept as the cause. */
export function asJourneymanError(thrown: unknown): JourneymanError {
  if (thrown instanceof JourneymanError) return thrown;
  const reason = thrown instanceof Error ? thrown.name : typeof thrown;
  return new JourneymanError("internal", { reason }, { cause: thrown });
}

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(CATALOGUE, code);
