import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const text = z.string().trim().min(1);

export type ArtifactsPlace =
  | { readonly kind: "directory"; readonly path: string }
  /** `prefix` is empty, or ends with a slash. */
  | { readonly kind: "bucket"; readonly bucket: string; readonly prefix: string };

const BUCKET = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([^?#]*))?$/;

/** What an ARTIFACTS_URL names; null when it is none. */
export function artifactsPlace(url: string): ArtifactsPlace | null {
  const [, bucket, path = ""] = BUCKET.exec(url) ?? [];
  const prefix = path.replace(/\/*$/, "");
  if (bucket !== undefined) return { kind: "bucket", bucket, prefix: prefix === "" ? "" : `${prefix}/` };
  if (url.startsWith("file:///") && URL.canParse(url)) return { kind: "directory", path: fileURLToPath(url) };
  return /^[a-z][a-z0-9+.-]*:/i.test(url) ? null : { kind: "directory", path: resolve(url) };
}

/** Where the journal and the artifacts are kept, and for how long. */
export const Storage = z.object({
  DATA_DIR: text.default("./data"),
  DATABASE_URL: text
    .refine(
      (url) => /^postgres(ql)?:\/\//.test(url),
      "must begin with postgres:// or postgresql://; unset, the journal is a file in DATA_DIR",
    )
    .optional(),
  /** A directory that all workers share, or `s3://bucket/prefix`; unset, `artifacts` in DATA_DIR. */
  ARTIFACTS_URL: text
    .refine((url) => artifactsPlace(url) !== null, "must be a directory, file:///directory or s3://bucket/prefix")
    .optional(),
  AWS_ACCESS_KEY_ID: text.optional(),
  AWS_SECRET_ACCESS_KEY: text.optional(),
  /** Beside a key that is given for a while only. */
  AWS_SESSION_TOKEN: text.optional(),
  AWS_REGION: text.optional(),
  /** The address of a store that speaks S3 and is not Amazon's. */
  AWS_ENDPOINT_URL_S3: z.url().optional(),
  /** Days for which exported files and the journal of runs that are over are kept. */
  RETENTION_DAYS: z.coerce.number().int().min(1).max(36_500).default(30),
});
export interface StorageConfig extends Readonly<z.infer<typeof Storage>> {}

export const STORAGE_SECRETS = [
  "DATABASE_URL",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
] as const;

/** Faults that no variable of storage shows by itself. */
export function storageFaults(values: Readonly<Record<string, string>>): string[] {
  const { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret } = values;
  if ((key === undefined) === (secret === undefined)) return [];
  const [set, lacking] =
    key === undefined ? ["SECRET_ACCESS_KEY", "ACCESS_KEY_ID"] : ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY"];
  return [`AWS_${set} is set without AWS_${lacking}: give both, or neither`];
}
