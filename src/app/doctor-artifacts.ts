import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { JourneymanError } from "../core/errors.ts";
import type { ServerConfig } from "./config.ts";
import { ok, type Finding } from "./finding.ts";
import { composeArtifacts } from "./storage.ts";
import { artifactsPlace, type StorageConfig } from "./storage-config.ts";

const TWO_DAYS_MS = 2 * 86_400_000;

/** A place of its own below that of the artifacts, so that what is removed there can be nobody's. */
function probed(config: StorageConfig): { readonly config: StorageConfig; readonly directory: string | null } {
  const url = config.ARTIFACTS_URL ?? join(config.DATA_DIR, "artifacts");
  const place = artifactsPlace(url);
  const name = `probe-${randomUUID()}`;
  if (place?.kind === "directory") {
    const directory = join(place.path, name);
    return { config: { ...config, ARTIFACTS_URL: directory }, directory };
  }
  return { config: { ...config, ARTIFACTS_URL: `${url.replace(/\/*$/, "")}/${name}` }, directory: null };
}

/** Writes, reads and removes a probe: all that the artifacts need. @throws storage_unavailable, artifacts_refused */
async function probe(config: StorageConfig): Promise<void> {
  const { config: aside, directory } = probed(config);
  try {
    const artifacts = await composeArtifacts(aside);
    const digest = await artifacts.put(new TextEncoder().encode(randomUUID()));
    await artifacts.get(digest);
    const removed = await artifacts.collect(new Set(), Date.now() + TWO_DAYS_MS);
    if (removed !== 1) throw new JourneymanError("storage_unavailable", { reason: "a probe could not be removed" });
  } finally {
    if (directory !== null) await rm(directory, { recursive: true, force: true });
  }
}

export async function checkArtifacts(config: ServerConfig): Promise<Finding[]> {
  await probe(config);
  return [ok("artifacts", `${config.ARTIFACTS_URL ?? "in the data directory"}: a probe was written, read and removed`)];
}
