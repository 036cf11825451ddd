import { z } from "zod";

/** `blocker`: must not be merged so; `major`: should be mended first; `minor` and `nit`: for people to weigh. */
export const Severity = z.enum(["blocker", "major", "minor", "nit"]);
export type Severity = z.infer<typeof Severity>;

/** One thing that a reviewer noticed in a change. */
export const Finding = z.strictObject({
  severity: Severity.describe(
    "blocker: wrong or dangerous; major: should be mended first; minor, nit: for people to weigh",
  ),
  path: z.string().min(1).max(300),
  line: z.int().positive().nullable().describe("Line in the changed file, null when it is about the whole"),
  title: z.string().min(1).max(150),
  detail: z.string().min(1).max(1500).describe("What is wrong, how it shows, and what would be right"),
});
export type Finding = z.infer<typeof Finding>;

/** What the reviewer submits. */
export const Review = z.strictObject({
  summary: z
    .string()
    .min(1)
    .max(1500)
    .describe("Whether the change does what the issue and the plan ask, in plain words"),
  findings: z.array(Finding).max(20).describe("Most severe first; none when there is nothing to say"),
});
export type Review = z.infer<typeof Review>;

/** Whether a finding is worth one more fix. */
export const asksForFix = ({ severity }: Finding): boolean => severity === "blocker" || severity === "major";

const RANK: Readonly<Record<Severity, number>> = { blocker: 0, major: 1, minor: 2, nit: 3 };

/**
 * A review as it can be shown: most severe first, and no line where none can be. `lines` has the number of lines of each changed file that is text;
 * a finding elsewhere is kept, for it may be right.
 */
export const placedReview = ({ summary, findings }: Review, lines: ReadonlyMap<string, number>): Review => ({
  summary,
  findings: findings
    .map((finding) => ({
      ...finding,
      line: finding.line !== null && finding.line <= (lines.get(finding.path) ?? 0) ? finding.line : null,
    }))
    .toSorted((one, other) => RANK[one.severity] - RANK[other.severity]),
});
