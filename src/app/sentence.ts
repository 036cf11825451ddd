import { type JourneymanError, sentenceOf } from "../core/errors.ts";

/** An error for a terminal: its sentence, with each fault of a configuration or of evals on a line of its own. */
export function printedSentence(error: JourneymanError): string {
  const { count = 0, faults = "" } = error.details;
  if (error.code !== "config_invalid" && error.code !== "evals_invalid") return error.message;
  return sentenceOf(error.code, { count, faults: `\n  ${String(faults).replaceAll("; ", "\n  ")}` }).replace(
    ": \n",
    ":\n",
  );
}
