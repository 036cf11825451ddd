import type { Exploration } from "../core/understanding/exploration.ts";
import type { TestReport } from "../core/testing/test-report.ts";
import type { Plan } from "../core/plan.ts";
import type { Routing } from "../core/understanding/routing.ts";
import type { AnsweredQuestion } from "../core/state.ts";
import type { IssueSnapshot } from "../core/subject.ts";
import { fenced } from "./fence.ts";
import { fill, PROMPTS } from "./prompts.ts";
import {
  answersSection,
  guidanceSection,
  type Instructions,
  instructionsSection,
  issueSection,
  type Skills,
  skillsSection,
  testsLine,
  understandingSection,
  words,
} from "./sections.ts";

/*
 * First messages and feedback, built from facts. `word` is the run's random fence word. Text of others stands inside a fence, always;
 * the plan, the settings and the words of people with write access stand there too, only introduced differently.
 */

const MAX_OUTPUT = 12_000;
/** As many as `submit` takes in `left_failing`. */
const MAX_TESTS = 200;

export interface PlannerTask {
  readonly word: string;
  readonly issue: IssueSnapshot;
  readonly instructions: Instructions;
  /** From the settings or found in the repository; null when there is none. */
  readonly testCommand: string | null;
  /** What was written behind `/plan`, by a person with write access. */
  readonly guidance: string;
  /** The plan that a person wants changed, and how. */
  readonly revision: { readonly plan: Plan; readonly feedback: string } | null;
  /** What was asked of people before, and what they said. */
  readonly answers: readonly AnsweredQuestion[];
  readonly routing: Routing | null;
  readonly exploration: Exploration | null;
  readonly skills: Skills;
}

export function plannerTask(task: PlannerTask): string {
  const { word, guidance, revision } = task;
  return fill(PROMPTS.plannerTask, {
    issue: issueSection(word, task.issue),
    answers: answersSection(word, task.answers),
    understanding: understandingSection(word, task.routing, task.exploration),
    instructions: instructionsSection(word, task.instructions),
    skills: skillsSection(word, task.skills, task.routing?.skills ?? []),
    tests: testsLine(task.testCommand),
    guidance: guidanceSection(word, guidance),
    revision:
      revision === null
        ? ""
        : fill(PROMPTS.revise, {
            plan: fenced("earlier-plan", word, revision.plan),
            feedback: fenced("feedback", word, words(revision.feedback)),
          }),
  });
}

export interface ExecutorTask {
  readonly word: string;
  /** The plan as it was approved. */
  readonly plan: Plan;
  readonly instructions: Instructions;
  readonly testCommand: string | null;
  /** The tests before any change; null when they were not run. */
  readonly baseline: TestReport | null;
  readonly skills: Skills;
  /** Names of skills that the router proposed. */
  readonly skillsFirst: readonly string[];
  /** A bug is reproduced first. */
  readonly isBug?: boolean;
}

const REPRODUCE =
  "This is a bug. First write the planned test and see it fail for the right reason, then mend the code. Afterwards your tests are also run without the rest of your change: there they must fail.";

export const executorTask = ({ word, plan, instructions, testCommand, baseline, ...task }: ExecutorTask): string =>
  fill(PROMPTS.executorTask, {
    plan: fenced("plan", word, plan),
    instructions: instructionsSection(word, instructions),
    skills: skillsSection(word, task.skills, task.skillsFirst),
    tests: [
      testsLine(testCommand),
      baselineLine(word, baseline),
      task.isBug === true && testCommand !== null ? REPRODUCE : "",
    ]
      .filter((line) => line !== "")
      .join("\n"),
  });

export interface FixTask {
  readonly word: string;
  readonly report: TestReport;
  /** Tests that failed before any change. */
  readonly failedBefore: readonly string[];
  readonly attemptsLeft: number;
}

/** What the executor is told when the tests fail: the answer to its `submit`. */
export function fixTask({ word, report, failedBefore, attemptsLeft }: FixTask): string {
  const { command, exitCode, ended, failing, output } = report;
  const before = new Set(failedBefore);
  const newly = failing.filter((test) => !before.has(test));
  const still = failing.filter((test) => before.has(test));
  const shown = { command, exitCode, ended, failing: newly.slice(0, MAX_TESTS), output: middleOut(output) };
  return fill(PROMPTS.fix, {
    result: fenced("tests", word, shown),
    before:
      still.length === 0
        ? ""
        : `These failed before your change too. Those that have nothing to do with the plan belong in left_failing, under these very names:\n${fenced("failed-before", word, still.slice(0, MAX_TESTS))}`,
    left: attemptsLeft === 1 ? "This is the last attempt." : `${attemptsLeft} attempts are left.`,
  });
}

function baselineLine(word: string, baseline: TestReport | null): string {
  if (baseline === null) return "";
  if (baseline.exitCode === 0) return "Before any change the tests pass.";
  const failing = baseline.failing.slice(0, MAX_TESTS);
  const which = failing.length === 0 ? "" : ` These fail:\n${fenced("failed-before", word, failing)}`;
  return `Before any change the tests already fail.${which}`;
}

/** The tail says most about a failure, the head what was run. */
const middleOut = (output: string): string =>
  output.length <= MAX_OUTPUT
    ? output
    : `${output.slice(0, MAX_OUTPUT / 3)}\n[… ${output.length - MAX_OUTPUT} characters left out …]\n${output.slice(-(MAX_OUTPUT * 2) / 3)}`;
