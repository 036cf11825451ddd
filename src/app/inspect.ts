import { JourneymanError } from "../core/errors.ts";
import type { Journal, RunRow } from "../ports/journal.ts";
import { ARCHIVE_SUFFIX } from "./archive-manifest.ts";
import { readArchive } from "./archive-read.ts";
import { localConfig } from "./config.ts";
import { withJournal } from "./existing-journal.ts";
import { printRun, type ShowOptions } from "./print-run.ts";
import { composeArtifacts } from "./storage.ts";
import type { WholeRun } from "./whole-run.ts";

/** Runs among which a shortened id is looked for. */
const SEARCHED = 10_000;

/** The run of this id, or of its last characters, at least eight. @throws run_unknown */
export async function findRun(journal: Journal, given: string): Promise<RunRow> {
  const rows = await journal.runs({ limit: SEARCHED });
  const matching = rows.filter((row) => row.run === given || (given.length >= 8 && row.run.endsWith(given)));
  const [row] = matching;
  if (row === undefined || matching.length > 1)
    throw new JourneymanError("run_unknown", { given, count: matching.length });
  return row;
}

/**
 * A run from this instance's journal, or, given a file whose name ends in `.tar.gz`, from what `export` wrote: then nothing else is needed.
 * @throws run_unknown, journal_missing, journal_corrupt, archive_damaged
 */
export async function withRun(given: string, work: (whole: WholeRun) => Promise<void>): Promise<void> {
  if (given.endsWith(ARCHIVE_SUFFIX)) return work(await readArchive(given));
  await withJournal(async (journal) => {
    const { run } = await findRun(journal, given);
    await work({ run, facts: await journal.load(run), artifacts: await composeArtifacts(localConfig()) });
  });
}

/** Prints a run. @throws as `withRun`, and fact_unknown, option_invalid, artifact_missing */
export const showRun = (given: string, options: ShowOptions): Promise<void> =>
  withRun(given, (whole) => printRun(whole, options));
