import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { StoredEvent } from "../core/events.ts";
import { factLine } from "./fact-line.ts";
import type { RunId } from "../core/ids.ts";
import type { Journal } from "../ports/journal.ts";

const compress = promisify(gzip);

/** Facts as the lines of a file. */
export const exportLines = (facts: readonly StoredEvent[]): Buffer =>
  Buffer.from(facts.map((fact) => `${factLine(fact)}\n`).join(""));

export const sealedPath = (path: string): string => `${path}.gz`;

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const folder = await open(dirname(path), "r");
  await folder.sync().finally(() => folder.close());
}

/**
 * Puts a compressed file in place of a run's text. It is made from the journal, so it is whole whatever the text is. A fact that another
 * process took in meanwhile is either in the journal when it is asked again after the text is gone, or that process begins a new text:
 * it writes only after the fact is stored. Of two processes that seal, one that was behind sees that and does it again.
 */
export async function sealExport(journal: Journal, path: string, run: RunId): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  for (;;) {
    const facts = await journal.load(run);
    // Pruned meanwhile: what there is of it goes with its age.
    if (facts.length === 0) return;
    await writeDurably(sealedPath(path), await compress(exportLines(facts)));
    await rm(path, { force: true });
    if ((await journal.head(run)) <= facts.length) return;
  }
}
