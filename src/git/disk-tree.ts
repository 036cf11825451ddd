import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { JourneymanError } from "../core/errors.ts";
import type { Sha } from "../core/ids.ts";
import type { Subject } from "../core/subject.ts";
import type { BaseTree } from "../ports/trees.ts";
import { readBlobs } from "./blobs.ts";
import type { GitSetup } from "./command.ts";
import { runGit, startGit } from "./command.ts";
import { packListing, parseListing, unpackListing } from "./listing.ts";
import type { Owner } from "./materialize.ts";
import { writeTree } from "./materialize.ts";

const MAX_LISTING_BYTES = 256 * 1024 * 1024;

/** Where a commit's objects and files are on this host. */
export interface Place {
  readonly subject: Subject;
  readonly sha: Sha;
  readonly gitDir: string;
  readonly treeDir: string;
}

/** The tree as it is on disk; null when it is not there. */
export async function readTree({ subject, sha, treeDir }: Place): Promise<BaseTree | null> {
  const packed = await readFile(join(treeDir, "listing")).catch(() => null);
  if (packed === null) return null;
  const { treeSha, listing } = unpackListing(packed);
  const files = parseListing(sha, listing);
  return { repositoryId: subject.repositoryId, sha, treeSha, directory: join(treeDir, "files"), files };
}

/** Writes a tree the mirror holds: aside first, then into place by one rename. */
export async function writeFiles(
  setup: GitSetup,
  place: Place,
  options: { treeSha: Sha; owner: Owner | null; signal: AbortSignal },
) {
  const { treeSha, owner, signal } = options;
  const call = { gitDir: place.gitDir, signal };
  const listed = await runGit(setup, { ...call, args: ["ls-tree", "-rz", "--full-tree", treeSha] }, MAX_LISTING_BYTES);
  if (listed.code !== 0) throw new JourneymanError("mirror_failed", { reason: "git failed" }, { cause: listed.stderr });
  const files = [...parseListing(place.sha, listed.stdout).values()];
  const draft = `${place.treeDir}.${randomUUID()}`;
  const batch = startGit(setup, { ...call, args: ["cat-file", "--batch"] });
  try {
    await mkdir(draft, { recursive: true, mode: 0o755 });
    const names = files.map((file) => file.blob);
    await writeTree(join(draft, "files"), { files, blobs: readBlobs(batch, names), owner }, signal);
    await writeFile(join(draft, "listing"), packListing(treeSha, listed.stdout));
    await rename(draft, place.treeDir);
  } finally {
    batch.stdin.destroy();
    batch.stdout.destroy();
    await batch.ended;
    await rm(draft, { recursive: true, force: true });
  }
}
