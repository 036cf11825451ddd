import { z } from "zod";
import { digestOfJson } from "./digest.ts";
import type { Digest, Sha } from "./ids.ts";
import type { IssueSnapshot } from "./subject.ts";

/** What the planner submits and a person approves. */
export const Plan = z.strictObject({
  title: z.string().min(1).max(100).describe("One line for the pull request title, imperative, without issue number"),
  summary: z.string().min(1).max(4000).describe("What is wrong or wanted, why, and how it will be done"),
  steps: z.array(z.string().min(1).max(500)).min(1).max(30).describe("Steps in order, one sentence each"),
  paths: z
    .array(z.string().min(1).max(300))
    .min(1)
    .max(100)
    .describe("Files or globs that will be touched, relative to the repository root"),
  commands: z
    .array(z.string().min(1).max(300))
    .max(30)
    .describe("Commands that will be run while working, besides the test command"),
  tests: z
    .array(z.string().min(1).max(500))
    .max(30)
    .describe("Tests that will be added or changed, and what each proves"),
  risks: z.array(z.string().min(1).max(500)).max(20).describe("What could go wrong or is uncertain"),
});
export type Plan = z.infer<typeof Plan>;

/** What an approval names: the plan's own words, the commit it was made for, and the issue as it stood. */
export interface PlanBinding {
  readonly plan: Plan;
  readonly revision: number;
  readonly baseSha: Sha;
  readonly issue: Digest;
}

/** Changes when any of the plan, its revision, the base commit or the issue snapshot changes. */
export const planDigest = (binding: PlanBinding): Digest => digestOfJson(binding);

/** What `/approve` is given: the first 12 digits of the digest. */
export const shortDigest = (digest: string): string => digest.slice(0, 12);

/** The part of an issue a plan is bound to: its title and body. Later comments and labels do not void a plan. */
export const issueDigest = (issue: Pick<IssueSnapshot, "title" | "body">): Digest =>
  digestOfJson({ title: issue.title, body: issue.body });
