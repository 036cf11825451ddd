import { z } from "zod";
import { ArtifactDigest, Sha } from "../ids.ts";

/** The two file modes that may be committed. */
export const FileMode = z.enum(["100644", "100755"]);
export type FileMode = z.infer<typeof FileMode>;

/** A file that differs from the base tree. `artifact` names its bytes in the artifact store, `blob` is git's name for the same bytes. */
export const ChangedFile = z.object({
  status: z.enum(["added", "modified"]),
  path: z.string(),
  mode: FileMode,
  size: z.int().nonnegative(),
  blob: Sha,
  artifact: ArtifactDigest,
});
export const DeletedFile = z.object({ status: z.literal("deleted"), path: z.string() });
export const Change = z.discriminatedUnion("status", [ChangedFile, DeletedFile]);
export type ChangedFile = z.infer<typeof ChangedFile>;
export type DeletedFile = z.infer<typeof DeletedFile>;
/** One path that differs from the base tree. */
export type Change = z.infer<typeof Change>;

/** A thing in the workspace that can never be committed, and why. */
export const RefusedEntry = z.object({
  path: z.string(),
  reason: z.enum(["symlink", "special_file", "bad_path", "nested_git", "too_large", "too_many"]),
  detail: z.string(),
});
export type RefusedEntry = z.infer<typeof RefusedEntry>;
