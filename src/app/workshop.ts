import { existsSync } from "node:fs";
import { JourneymanError } from "../core/errors.ts";
import type { Journal } from "../ports/journal.ts";
import type { World } from "../run/world.ts";
import { composeLogger, composeWorld } from "./compose.ts";
import { serverConfig } from "./config.ts";
import { journalFile } from "./existing-journal.ts";
import { composeJournal } from "./storage.ts";

/*
 * What a run is driven with, for a command that drives one beside the server: its journal, its drivers and its settings, without queue,
 * web side and telemetry. What goes wrong is said by the command; the log is for faults only.
 */

/** @throws config_invalid, journal_missing, and what `work` throws */
export async function withWorkshop(
  isReadOnly: (journal: Journal) => Promise<boolean>,
  work: (world: World) => Promise<void>,
): Promise<void> {
  const config = serverConfig();
  const file = journalFile(config.DATA_DIR);
  if (config.DATABASE_URL === undefined && !existsSync(file))
    throw new JourneymanError("journal_missing", { path: file });
  const log = composeLogger({ ...config, LOG_LEVEL: "error" });
  const journal = await composeJournal(config, log);
  try {
    const readOnly = await isReadOnly(journal);
    const { world, sandbox } = await composeWorld(config, { journal, log, readOnly });
    try {
      await work(world);
    } finally {
      await sandbox.close();
    }
  } finally {
    await journal.close();
  }
}
