import { chmod } from "node:fs/promises";
import { backup, DatabaseSync } from "node:sqlite";
import { JourneymanError } from "../core/errors.ts";

/**
 * Copies a SQLite journal while others write to it: what is copied is the journal as it was at one moment, in one file without a log beside
 * it. `to` must not be there yet. Throws `storage_unavailable`.
 */
export async function backupJournal(from: string, to: string): Promise<void> {
  let source: DatabaseSync | null = null;
  try {
    source = new DatabaseSync(from, { readOnly: true });
    await backup(source, to);
    await chmod(to, 0o600);
    assertWhole(to);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new JourneymanError("storage_unavailable", { reason }, { cause: thrown });
  } finally {
    source?.close();
  }
}

/** SQLite's own check of every page and index. The copy is left without a write-ahead log, so that the one file is all of it. */
function assertWhole(file: string): void {
  const copy = new DatabaseSync(file);
  try {
    copy.exec("pragma journal_mode = delete");
    const rows = copy.prepare("pragma integrity_check").all();
    const [found] = rows.map((row) => row["integrity_check"]);
    if (found !== "ok")
      throw new JourneymanError("storage_unavailable", { reason: `the copy is damaged: ${String(found)}` });
  } finally {
    copy.close();
  }
}
