/** What one reader made of one text: a whole report, or the lines of its runner in an output. */
export interface Outcome {
  /** The runner's or the format's name: `junit`, `tap`, `pytest`, … */
  readonly format: string;
  /** Ids of the failing tests in the order of the text; at most `MAX_IDS`. */
  readonly failing: readonly string[];
  /** Tests that passed; null where the text does not count them. */
  readonly passed: number | null;
  /** Tests that were skipped, or failed as they were expected to; null where the text does not count them. */
  readonly skipped: number | null;
}

/** Reads one text; null when it holds nothing of this form. Total: whatever the text holds, it neither throws nor takes long. */
export type Reader = (text: string) => Outcome | null;

/** Most failing tests that a report names. */
export const MAX_IDS = 1000;

/** The outcome of a format that names failures and counts by lines; null when it found neither. */
export function outcomeOf(
  format: string,
  failing: Iterable<string>,
  counts: { readonly passed?: number | null; readonly skipped?: number | null } = {},
): Outcome | null {
  const ids = [...failing].filter((id) => id !== "").slice(0, MAX_IDS);
  const passed = counts.passed ?? null;
  const skipped = counts.skipped ?? null;
  return ids.length === 0 && passed === null ? null : { format, failing: ids, passed, skipped };
}
