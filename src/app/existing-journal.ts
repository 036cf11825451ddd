import { existsSync } from "node:fs";
import { JourneymanError } from "../core/errors.ts";
import { openJournal } from "../journal/journal.ts";
import type { Journal } from "../ports/journal.ts";
import { journalFile } from "./compose.ts";
import { localConfig } from "./config.ts";

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
