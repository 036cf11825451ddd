import { localConfig } from "./config.ts";
import { ARCHIVE_SUFFIX } from "./archive-manifest.ts";
import { writeArchive } from "./archive-write.ts";
import { withJournal } from "./existing-journal.ts";
import { findRun } from "./inspect.ts";
import { composeArtifacts } from "./storage.ts";

export interface ExportOptions {
  readonly out?: string;
  readonly force?: boolean;
}

/**
 * Writes a run with all that it refers to into one file.
 * @throws run_unknown, journal_missing, journal_corrupt, archive_exists, storage_unavailable, artifacts_refused
 */
export const exportRun = (given: string, options: ExportOptions): Promise<void> =>
  withJournal(async (journal) => {
    const { run } = await findRun(journal, given);
    const out = options.out ?? `${run}${ARCHIVE_SUFFIX}`;
    const artifacts = await composeArtifacts(localConfig());
    const facts = await journal.load(run);
    const manifest = await writeArchive(out, { run, facts, artifacts }, options.force ?? false);
    process.stdout.write(`${out}: ${manifest.facts} fact(s) and ${manifest.artifacts} artifact(s)\n`);
    for (const digest of manifest.missing)
      process.stderr.write(`journeyman: the artifact ${digest} is missing from the store, and from the archive\n`);
  });
