import { z } from "zod";

const text = z.string().trim().min(1);

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
  ARTIFACTS_URL: text.optional(),
  AWS_ACCESS_KEY_ID: text.optional(),
  AWS_SECRET_ACCESS_KEY: text.optional(),
  AWS_REGION: text.optional(),
  /** The address of a store that speaks S3 and is not Amazon's. */
  AWS_ENDPOINT_URL_S3: z.url().optional(),
  /** Days for which exported files and the journal of runs that are over are kept. */
  RETENTION_DAYS: z.coerce.number().int().min(1).max(36_500).default(30),
});
export interface StorageConfig extends Readonly<z.infer<typeof Storage>> {}

export const STORAGE_SECRETS = ["DATABASE_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const;
