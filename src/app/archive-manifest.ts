import { z } from "zod";
import { Digest, RunId } from "../core/ids.ts";

/*
 * A run as one file, `<run>.tar.gz`, for people and programs without its journal:
 *   facts.jsonl            a fact a line, each with its checksum (journal/fact-line.ts)
 *   artifacts/<digest>     every artifact that a fact names, and the store still had
 *   manifest.json          last: what the others must be
 */

export const ARCHIVE_SUFFIX = ".tar.gz";
export const FACTS_MEMBER = "facts.jsonl";
export const MANIFEST_MEMBER = "manifest.json";
export const artifactMember = (digest: Digest): string => `artifacts/${digest}`;

/** A reader refuses a newer one. */
export const ARCHIVE_FORMAT = 1;

export const Manifest = z.object({
  format: z.literal(ARCHIVE_FORMAT),
  run: RunId,
  /** The program that wrote it. */
  version: z.string(),
  facts: z.int().nonnegative(),
  artifacts: z.int().nonnegative(),
  /** Artifacts that facts name and the store did not have. */
  missing: z.array(Digest),
  members: z.array(z.object({ name: z.string(), bytes: z.int().nonnegative(), sha256: Digest })),
});
export type Manifest = z.infer<typeof Manifest>;
