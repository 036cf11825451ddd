import type { FileDiff } from "../core/text/diff-text.ts";
import type { Plan } from "../core/plan.ts";
import type { Proof } from "../core/testing/reproduction.ts";
import { asksForFix, type Review } from "../core/review.ts";
import type { IssueSnapshot } from "../core/subject.ts";
import type { TestReport } from "../core/testing/test-report.ts";
import { fenced } from "./fence.ts";
import { fill, PROMPTS } from "./prompts.ts";
import { type Instructions, instructionsSection, issueSection } from "./sections.ts";
import { REVIEWER_TOOLS } from "./toolsets.ts";

/* What a reviewer is given, and what the executor is told of a review. Everything that others wrote stands inside a fence. */

/** Test names of each kind that a reviewer is given. */
const MAX_TESTS = 100;

export interface ReviewerTask {
  readonly word: string;
  readonly issue: IssueSnapshot;
  readonly plan: Plan;
  readonly instructions: Instructions;
  readonly diffs: readonly FileDiff[];
  /** Before any change, and on this one; null when they were not run. */
  readonly baseline: TestReport | null;
  readonly report: TestReport | null;
  /** Null when the tests were not tried on the base. */
  readonly reproduction: (Proof & { readonly files: readonly string[] }) | null;
}

const reviewerTask = (task: ReviewerTask): string =>
  fill(PROMPTS.reviewerTask, {
    issue: issueSection(task.word, task.issue),
    plan: fenced("plan", task.word, task.plan),
    instructions: instructionsSection(task.word, task.instructions),
    diff: fenced("diff", task.word, task.diffs),
    tests: testsSection(task),
    reproduction: reproductionSection(task),
  });

/** All that a reviewer is told first. */
export const reviewerBrief = (task: ReviewerTask) => ({
  system: PROMPTS.reviewer,
  tools: REVIEWER_TOOLS,
  text: reviewerTask(task),
});

const shown = ({ command, exitCode, ended, failing, flaky }: TestReport) => ({
  command,
  exitCode,
  ended,
  failing: failing.slice(0, MAX_TESTS),
  ...(flaky !== undefined && flaky.length > 0 && { flaky: flaky.slice(0, MAX_TESTS) }),
});

function testsSection({ word, baseline, report }: ReviewerTask): string {
  if (report === null) return "No test command is known for this repository: nothing was tested.";
  const results = { before: baseline === null ? null : shown(baseline), withTheChange: shown(report) };
  return `What the tests said before the change and with it:\n${fenced("tests", word, results)}`;
}

function reproductionSection({ word, reproduction }: ReviewerTask): string {
  if (reproduction === null) return "";
  const { files, tests, reproduced } = reproduction;
  const outcome = reproduced
    ? "They fail there, as tests for this bug must:"
    : "They pass there, so they do not show the bug:";
  return `The tests that the change adds or alters were run without the rest of the change. ${outcome}\n${fenced("reproduction", word, { files: files.slice(0, MAX_TESTS), tests: tests.slice(0, MAX_TESTS) })}`;
}

/** What the executor is told after a review that asks for a fix: the answer to its `submit`. */
export const reviewFixTask = (word: string, { summary, findings }: Review): string =>
  fill(PROMPTS.reviewFixTask, {
    findings: fenced("review", word, { summary, findings: findings.filter(asksForFix) }),
  });
