import { JourneymanError } from "../core/errors.ts";

/*
 * What a store that speaks S3 answered, as an error of ours. Only a name and a number of the vendor's error go on, never its text or the
 * error itself: those repeat the key and what was signed with it.
 */

/** The HTTP status of an answer that was refused, or null when there was none. */
export function statusOf(error: unknown): number | null {
  if (!(error instanceof Error) || !("$metadata" in error)) return null;
  const metadata = error.$metadata;
  if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata)) return null;
  return typeof metadata.httpStatusCode === "number" ? metadata.httpStatusCode : null;
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return /^\w{1,60}$/.test(code) ? code : "an error without a name";
}

/** Refusals that repeating does not change; 408 and 429 only ask for patience. */
const isRefusal = (status: number | null): boolean =>
  status !== null && status >= 300 && status < 500 && status !== 408 && status !== 429;

/** Requests that the clock of this host made invalid come back by themselves no more than those with a wrong key. */
export function asStoreError(error: unknown, bucket: string): JourneymanError {
  if (error instanceof JourneymanError) return error;
  const status = statusOf(error);
  const reason = status === null ? nameOf(error) : `${nameOf(error)}, status ${status}`;
  const hasNoKey = nameOf(error) === "CredentialsProviderError";
  return isRefusal(status) || hasNoKey
    ? new JourneymanError("artifacts_refused", { bucket, reason })
    : new JourneymanError("storage_unavailable", { reason: `artifacts in ${bucket}: ${reason}` });
}
