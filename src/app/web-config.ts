import { z } from "zod";

const HOST = /^[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?(?::[1-9]\d{0,4})?$/;

const hosts = z
  .string()
  .transform((list) =>
    list
      .split(",")
      .map((host) => host.trim().toLowerCase())
      .filter((host) => host !== ""),
  )
  .refine(
    (list) => list.every((host) => HOST.test(host)),
    "must be host names with commas between them, a port behind a colon",
  );

/** Which hosts the model may have read, if a repository's settings name them too. */
export const WebAccess = z.object({
  WEB_HOSTS: hosts.optional(),
  /** Those of them that are at private addresses. */
  WEB_PRIVATE_HOSTS: hosts.optional(),
});
export type WebAccess = z.infer<typeof WebAccess>;
