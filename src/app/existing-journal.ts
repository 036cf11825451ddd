import { existsSync } from "node:fs";
import { join } from "node:path";
import { JourneymanError } from "../core/errors.ts";
import { type JournalStore, openJournal } from "../journal/journal.ts";
import type { Journal } from "../ports/journal.ts";
import { localConfig } from "./config.ts";
import type { StorageConfig } from "./storage-config.ts";

/** Where everything of this instance is kept. */
export const journalFile = (dataDir: string): string => join(dataDir, "journal.sqlite");

/** Where the journal of this instance is. */
export const journalStore = ({ DATA_DIR, DATABASE_URL }: StorageConfig): JournalStore =>
  DATABASE_URL === undefined ? { file: journalFile(DATA_DIR) } : { url: DATABASE_URL };

/** Only reads: a journal that is not there is not made. @throws journal_missing, storage_unavailable */
export async function withJournal(work: (journal: Journal, dataDir: string) => Promise<void>): Promise<void> {
  const config = localConfig();
  const store = journalStore(config);
  if ("file" in store && !existsSync(store.file)) throw new JourneymanError("journal_missing", { path: store.file });
  const journal = await openJournal(store, "existing");
  try {
    await work(journal, config.DATA_DIR);
  } finally {
    await journal.close();
  }
}
