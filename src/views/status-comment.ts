import { next } from "../core/next.ts";
import type { RunState } from "../core/state.ts";
import type { Todo } from "../core/todo.ts";
import { spentOfBudget } from "./budget.ts";
import { reviewStep } from "./review-section.ts";
import { forkLines } from "./fork-lines.ts";
import { code, counted, duration, list, paragraphs, runLine, safeLine, type ViewOptions } from "./frame.ts";
import { switchLines } from "./switches.ts";

const OUTCOMES: Readonly<Record<string, string>> = {
  pull_request: "pull request opened",
  draft: "draft pull request opened",
  failed: "stopped without a pull request",
  rejected: "plan rejected",
  cancelled: "stopped",
  refused: "refused",
  superseded: "goes on as another run",
};

/** How far a fork came that shows nothing to GitHub. */
const unpublished = ({ details }: NonNullable<RunState["outcome"]>): string =>
  details["as"] === "draft" ? "draft pull request ready, not published" : "pull request ready, not published";

const STAGES: Readonly<Record<string, string>> = {
  intake: "reading the issue",
  understand: "exploring the code",
  plan: "planning",
  prepare: "preparing",
  implement: "working",
  verify: "testing",
  review: "reviewing the change",
  publish: "publishing",
};

/** The status of a run that is parked. */
export const HELD_UP = "held up";

/** The state of a run in a few words. */
export function headline(state: RunState): string {
  if (state.outcome?.outcome === "unpublished") return unpublished(state.outcome);
  if (state.outcome !== null) return OUTCOMES[state.outcome.outcome] ?? state.outcome.outcome;
  const step = next(state);
  switch (step.kind) {
    case "wait":
      return step.for === "approval" ? "plan awaits approval" : "question awaits an answer";
    case "parked":
      return HELD_UP;
    case "stage":
      return STAGES[step.stage] ?? step.stage;
    default:
      return "at work";
  }
}

function understood({ routing, exploration }: RunState): string {
  if (routing === null) return "issue sorted, code explored";
  const { kind, difficulty } = routing;
  const readers = (exploration?.answers.length ?? 0) + (exploration?.failed.length ?? 0);
  const found = readers === 0 ? "" : `, code explored by ${counted(readers, "reader")}`;
  return `issue sorted: ${kind.replaceAll("_", " ")}, ${difficulty}${found}`;
}

function changeMade({ attempts, handOffs }: RunState): string {
  const fixes = attempts.length > 1 ? `, ${counted(attempts.length - 1, "fix", "fixes")}` : "";
  const stronger = handOffs.findLast(({ cause }) => cause === "escalation");
  return `change made${fixes}${stronger === undefined ? "" : `, taken over by ${code(stronger.model)} (effort ${stronger.effort})`}`;
}

function checklist(state: RunState): string {
  const reports = state.attempts.length;
  const done: readonly (readonly [boolean, string])[] = [
    [state.intake !== null, "issue read"],
    [state.exploration !== null, understood(state)],
    [state.plan !== null, "plan made"],
    [
      state.approval !== null,
      state.approval === null ? "plan approved" : `plan approved by ${code(state.approval.by.login)}`,
    ],
    [state.prepared, "dependencies installed, tests run on the base commit"],
    [state.submissions.length > 0, changeMade(state)],
    [reports > 0 && reports >= state.submissions.length, "tests run on the change"],
    ...reviewStep(state),
    [
      state.pullRequest !== null,
      state.pullRequest === null ? "pull request" : `pull request #${state.pullRequest.number}`,
    ],
  ];
  return list(done.map(([isDone, text]) => `[${isDone ? "x" : " "}] ${text}`));
}

/** Characters of what shows that a step is done; the whole is in the journal. */
const EVIDENCE_CHARS = 120;

function todoItem(state: RunState, { text, status, evidence = "" }: Todo): string {
  const box = status === "done" ? "[x]" : "[ ]";
  const shown = evidence.length > EVIDENCE_CHARS ? `${evidence.slice(0, EVIDENCE_CHARS)}…` : evidence;
  const why = status === "done" && shown.trim() !== "" ? ` (${safeLine(state, shown)})` : "";
  return `${box} ${safeLine(state, text)}${why}${status === "in_progress" ? " **← now**" : ""}`;
}

/** The executor's own list. A line stands before it: two lists that follow each other would be shown as one. */
function todoList(state: RunState): string {
  const { outcome, todo } = state;
  if (outcome !== null || todo.length === 0) return "";
  const done = todo.filter(({ status }) => status === "done").length;
  const items = list(todo.map((item) => todoItem(state, item)));
  return paragraphs(`**The executor's own list, ${done} of ${todo.length} done:**`, items);
}

/** The one comment that follows a run, edited in place. */
export function statusComment(state: RunState, options: ViewOptions): string {
  const models = [...new Set(Object.values(state.conversations).map((conversation) => conversation.model))];
  const facts = [
    duration(state.workMs),
    spentOfBudget(state),
    ...(models.length === 0 ? [] : [models.map(code).join(", ")]),
    runLine(state, options),
  ];
  return paragraphs(
    `## Journeyman: ${headline(state)}`,
    checklist(state),
    todoList(state),
    switchLines(state),
    forkLines(state),
    facts.join(" · "),
  );
}
