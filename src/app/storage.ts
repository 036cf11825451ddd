import { join } from "node:path";
import { openArtifacts } from "../journal/artifacts.ts";
import { withExport } from "../journal/export.ts";
import { openJournal } from "../journal/journal.ts";
import type { Artifacts, Journal } from "../ports/journal.ts";
import { journalStore } from "./existing-journal.ts";
import type { Logger } from "./logger.ts";
import { artifactsPlace, type StorageConfig } from "./storage-config.ts";

/* Which store the journal and the artifacts lie in: chosen here for a server and for the commands that look at one. */

/** The journal with its export to one file a run. */
export async function composeJournal(config: StorageConfig, log: Pick<Logger, "warn">): Promise<Journal> {
  const journal = await openJournal(journalStore(config));
  return withExport(journal, join(config.DATA_DIR, "runs"), (run, error) => log.warn({ run, error }, "export.failed"));
}

function credentialsOf(config: StorageConfig) {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: token } = config;
  if (accessKeyId === undefined || secretAccessKey === undefined) return null;
  return { accessKeyId, secretAccessKey, ...(token !== undefined && { sessionToken: token }) };
}

/** The vendor's package is loaded for those who keep artifacts in a bucket only: it takes a tenth of a second. */
async function openBucket(bucket: string, prefix: string, config: StorageConfig): Promise<Artifacts> {
  const { openS3Artifacts } = await import("../journal/s3-artifacts.ts");
  const credentials = credentialsOf(config);
  const endpoint = config.AWS_ENDPOINT_URL_S3;
  return openS3Artifacts({
    bucket,
    prefix,
    region: config.AWS_REGION ?? "us-east-1",
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== null && { credentials }),
  });
}

export async function composeArtifacts(config: StorageConfig): Promise<Artifacts> {
  const place = artifactsPlace(config.ARTIFACTS_URL ?? join(config.DATA_DIR, "artifacts"));
  if (place?.kind === "bucket") return openBucket(place.bucket, place.prefix, config);
  return openArtifacts(place?.path ?? join(config.DATA_DIR, "artifacts"));
}
