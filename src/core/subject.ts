import { z } from "zod";

/** Where an issue lives. Ids are GitHub's numeric ids: names can be renamed and registered again, ids cannot. */
export const Subject = z.object({
  /** GitHub's host, `github.com` or an Enterprise Server. With `installationId` it names the tenant. */
  host: z.string(),
  installationId: z.int(),
  repositoryId: z.int(),
  owner: z.string(),
  name: z.string(),
  issue: z.int().positive(),
});
export type Subject = z.infer<typeof Subject>;

/** The tenant that pays for a run. */
export const tenantOf = (subject: Subject): string => `${subject.host}/${subject.installationId}`;

/** The repository, whatever it is called today. */
export const repositoryOf = (subject: Subject): string => `${subject.host}/${subject.repositoryId}`;

/** Who caused something, as GitHub said it in the delivery. */
export const Actor = z.object({
  id: z.int(),
  login: z.string(),
  /** GitHub's own word: `User`, `Bot`, `Organization`, `Mannequin`. */
  type: z.string(),
  /** True when an App acted on the user's behalf. */
  viaApp: z.boolean(),
});
export type Actor = z.infer<typeof Actor>;

export const Permission = z.enum(["admin", "maintain", "write", "triage", "read", "none"]);
export type Permission = z.infer<typeof Permission>;

/** Whether this permission may start, approve or stop work. An allow list: what is not named may not. */
export const mayWrite = (permission: Permission): boolean =>
  permission === "write" || permission === "maintain" || permission === "admin";

/** The issue as it stood when it was read. */
export const IssueSnapshot = z.object({
  title: z.string(),
  body: z.string(),
  author: z.string(),
  /** The author's numeric id; absent in facts of older releases and where there are no accounts. */
  authorId: z.int().optional(),
  state: z.enum(["open", "closed"]),
  locked: z.boolean(),
  labels: z.array(z.string()),
  /** Comments by people that existed before the trigger, oldest first; the App's own and commands are left out. */
  comments: z.array(z.object({ id: z.int(), author: z.string(), body: z.string() })),
});
export type IssueSnapshot = z.infer<typeof IssueSnapshot>;
