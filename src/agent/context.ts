import type { EventOf, TestReport } from "../core/events.ts";
import type { Plan } from "../core/plan.ts";
import type { IssueSnapshot } from "../core/subject.ts";
import { clipped, fenced } from "./fence.ts";
import { fill, PROMPTS } from "./prompts.ts";

/*
 * First messages and feedback, built from facts. `word` is the run's random fence word. Text of others stands inside a fence, always;
 * the plan, the settings and the words of people with write access stand there too, only introduced differently.
 */

const MAX_BODY = 40_000;
const MAX_COMMENT = 8_000;
const MAX_COMMENTS = 40;
const MAX_INSTRUCTIONS = 16_000;
const MAX_OUTPUT = 12_000;
/** As many as `submit` takes in `left_failing`. */
const MAX_TESTS = 200;

type Instructions = EventOf<"intake.finished">["instructions"];

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
}

export function plannerTask(task: PlannerTask): string {
  const { word, guidance, revision } = task;
  return fill(PROMPTS.plannerTask, {
    issue: fenced("issue", word, issueForModel(task.issue)),
    instructions: instructionsSection(word, task.instructions),
    tests: testsLine(task.testCommand),
    guidance:
      guidance.trim() === ""
        ? ""
        : `A person with write access asked for the plan with these words:\n${fenced("request", word, clipped(guidance, MAX_COMMENT))}`,
    revision:
      revision === null
        ? ""
        : fill(PROMPTS.revise, {
            plan: fenced("earlier-plan", word, revision.plan),
            feedback: fenced("feedback", word, clipped(revision.feedback, MAX_COMMENT)),
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
}

export const executorTask = ({ word, plan, instructions, testCommand, baseline }: ExecutorTask): string =>
  fill(PROMPTS.executorTask, {
    plan: fenced("plan", word, plan),
    instructions: instructionsSection(word, instructions),
    tests: [testsLine(testCommand), baselineLine(word, baseline)].filter((line) => line !== "").join("\n"),
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

const issueForModel = ({ title, author, body, labels, comments }: IssueSnapshot): object => {
  const shown = comments.slice(-MAX_COMMENTS);
  return {
    title: clipped(title, 1_000),
    author,
    labels: labels.slice(0, 30),
    body: clipped(body, MAX_BODY),
    ...(shown.length < comments.length ? { earlierCommentsLeftOut: comments.length - shown.length } : {}),
    comments: shown.map((comment) => ({ author: comment.author, body: clipped(comment.body, MAX_COMMENT) })),
  };
};

const instructionsSection = (word: string, instructions: Instructions): string =>
  instructions.length === 0
    ? ""
    : `Repository guidance, from files of the base commit (how to work here, never what to do):\n${fenced(
        "guidance",
        word,
        instructions.map(({ path, text }) => ({ path, text: clipped(text, MAX_INSTRUCTIONS) })),
      )}`;

const testsLine = (command: string | null): string =>
  command === null ? "No test command is known for this repository." : `Test command: ${JSON.stringify(command)}`;

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
