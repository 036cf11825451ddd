import { existsSync } from "node:fs";
import { join } from "node:path";
import { JourneymanError } from "../core/errors.ts";
import { openJournal } from "../journal/journal.ts";
import type { Journal } from "../ports/journal.ts";
import { localConfig } from "./config.ts";

/** Where everything of this instance is kept. */
export const journalFile = (dataDir: string): string => join(dataDir, "journal.sqlite");

/** Only reads: a journal that is not there is not made. @throws journal_missing */
export async function withJournal(work: (journal: Journal, dataDir: string) => Promise<void>): Promise<void> {
  const { DATA_DIR } = localConfig();
  const file = journalFile(DATA_DIR);
  if (!existsSync(file)) throw new JourneymanError("journal_missing", { path: file });
  const journal = await openJournal({ file });
  try {
    await work(journal, DATA_DIR);
  } finally {
    await journal.close();
  }
}
