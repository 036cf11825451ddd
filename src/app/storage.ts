import { join } from "node:path";
import { openArtifacts } from "../journal/artifacts.ts";
import { withExport } from "../journal/export.ts";
import { openJournal } from "../journal/journal.ts";
import type { Artifacts, Journal } from "../ports/journal.ts";
import { journalFile } from "./existing-journal.ts";
import type { Logger } from "./logger.ts";
import type { StorageConfig } from "./storage-config.ts";

/* Which store the journal and the artifacts lie in: chosen here for a server and for the commands that look at one. */

/** The journal with its export to one file a run. */
export async function composeJournal(config: StorageConfig, log: Pick<Logger, "warn">): Promise<Journal> {
  const journal = await openJournal({ file: journalFile(config.DATA_DIR) });
  return withExport(journal, join(config.DATA_DIR, "runs"), (run, error) => log.warn({ run, error }, "export.failed"));
}

export const composeArtifacts = async (config: StorageConfig): Promise<Artifacts> =>
  openArtifacts(join(config.DATA_DIR, "artifacts"));
