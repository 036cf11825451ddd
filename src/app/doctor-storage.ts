import { checkArtifacts } from "./doctor-artifacts.ts";
import { checkDisk } from "./doctor-disk.ts";
import { checkJournal } from "./doctor-journal.ts";
import type { Check } from "./finding.ts";

/** All that is kept, from the bottom up. */
export const STORAGE_CHECKS: readonly Check[] = [
  ["disk", checkDisk],
  ["journal", checkJournal],
  ["artifacts", checkArtifacts],
];
