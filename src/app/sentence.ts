import { type ErrorCode, type JourneymanError, sentenceOf } from "../core/errors.ts";

const LISTS: ReadonlySet<ErrorCode> = new Set(["config_invalid", "evals_invalid", "fork_files_invalid"]);

/** An error for a terminal: its sentence, with each fault of a configuration or of evals on a line of its own. */
export function printedSentence(error: JourneymanError): string {
  const { count = 0, faults = "" } = error.details;
  if (!LISTS.has(error.code)) return error.message;
  return sentenceOf(error.code, { count, faults: `\n  ${String(faults).replaceAll("; ", "\n  ")}` }).replace(
    ": \n",
    ":\n",
  );
}
