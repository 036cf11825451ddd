import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { asJourneymanError, JourneymanError } from "../core/errors.ts";
import type { Digest } from "../core/ids.ts";
import { openArtifacts } from "../journal/artifacts.ts";
import { backupJournal } from "../journal/backup.ts";
import { openJournal } from "../journal/journal.ts";
import type { Artifacts } from "../ports/journal.ts";
import { localConfig } from "./config.ts";
import { journalFile } from "./existing-journal.ts";
import { composeArtifacts } from "./storage.ts";

/*
 * A copy from which a data directory can be made again. Journal first, artifacts after it: an artifact is kept before the first fact that
 * names it, so the copy holds whatever the copied facts name.
 */

/** The directory is made whole under another name first: what carries the name that was asked for is a backup. */
async function assertFree(directory: string): Promise<void> {
  const held = existsSync(directory) ? await readdir(directory).catch(() => ["a file"]) : [];
  if (held.length > 0) throw new JourneymanError("backup_exists", { path: directory });
}

/** What became of the artifacts that the copied journal names. */
interface Copied {
  readonly count: number;
  readonly missing: readonly Digest[];
}

/** `get` and `put` both compare the bytes with their name. One that the store has lost keeps the others from being copied no more than it must. */
async function copyArtifacts(file: string, from: Artifacts, to: Artifacts): Promise<Copied> {
  const journal = await openJournal({ file });
  const referred = await journal.referred().finally(() => journal.close());
  const missing: Digest[] = [];
  for (const digest of referred) {
    try {
      await to.put(await from.get(digest));
    } catch (thrown) {
      if (asJourneymanError(thrown).code !== "artifact_missing") throw thrown;
      missing.push(digest);
    }
  }
  return { count: referred.size - missing.length, missing };
}

/**
 * Writes a backup of this instance into a directory that is empty or not there. False when artifacts were missing: they are named, and the rest
 * is there. @throws backup_elsewhere, backup_exists, journal_missing
 */
export async function backUp(given: string): Promise<boolean> {
  const config = localConfig();
  if (config.DATABASE_URL !== undefined) throw new JourneymanError("backup_elsewhere");
  const source = journalFile(config.DATA_DIR);
  if (!existsSync(source)) throw new JourneymanError("journal_missing", { path: source });
  const directory = resolve(given);
  await assertFree(directory);
  const partial = `${directory}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(dirname(directory), { recursive: true });
  await mkdir(partial, { mode: 0o700 });
  const copy = journalFile(partial);
  await backupJournal(source, copy);
  const { count, missing } = await copyArtifacts(
    copy,
    await composeArtifacts(config),
    openArtifacts(join(partial, "artifacts")),
  );
  if (existsSync(directory)) await rmdir(directory);
  await rename(partial, directory);
  process.stdout.write(`${directory}: the journal and ${count} artifact(s)\n`);
  for (const digest of missing) process.stderr.write(`missing in the store, and so in the copy: artifact ${digest}\n`);
  return missing.length === 0;
}
