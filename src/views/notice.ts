import { ceilingOf } from "../core/money/ceiling.ts";
import { isErrorCode, sentenceOf } from "../core/errors.ts";
import { branchName } from "../core/ids.ts";
import type { RunState } from "../core/state.ts";
import { SETTINGS_PATH } from "../core/settings/settings.ts";
import { budgetOffer } from "./budget.ts";
import { evidenceTable } from "./evidence-table.ts";
import { code, counted, list, paragraphs, safeLine } from "./frame.ts";

const sentence = (name: string | null, details: Readonly<Record<string, string | number>>): string =>
  name !== null && isErrorCode(name) ? sentenceOf(name, details) : sentenceOf("internal", { reason: "unknown" });

/** What is left of the run. An effect that was begun and not confirmed may have happened. */
function kept(state: RunState): string {
  const pull = state.pullRequest ?? state.effects["pull_request"] ?? null;
  if (pull !== null) return `A pull request was opened before the end: ${pull.url}. Close it if it is not wanted.`;
  if (state.effects["pull_request"] === null)
    return "A pull request may have been opened just before the end; please look.";
  const branch = branchName(state.run, state.subject?.issue ?? 0);
  if (state.effects["branch"] !== undefined)
    return `The branch ${code(branch)} may have been made; nothing else was changed.`;
  const count = state.checkpoint?.changes.length ?? 0;
  const files = count === 0 ? "" : `; ${counted(count, "changed file is", "changed files are")} kept with the run`;
  return `Nothing was changed in the repository${files}.`;
}

/** Why the run is held up, and what happens next. */
export function parkedNotice(state: RunState): string {
  if (state.parked === null) return "";
  const { code: cause, details } = state.parked;
  const needsMoney = cause === "budget_exhausted";
  return paragraphs(
    "**Held up.** " + sentence(cause, details),
    budgetOffer(state),
    `${kept(state)} ${needsMoney ? "To stop" : "To try at once, comment `/retry`; to stop"}, comment \`/stop\`.`,
  );
}

/**
 * Names the notice. Money runs out under one ceiling after another, and from day to day; what a person let go on may fail again: each time
 * people are told.
 */
export function parkedKey(state: RunState): string {
  if (state.parked === null) return "";
  const { code: cause, resumeAt, index } = state.parked;
  const key = `parked.${cause}.${state.stage ?? "start"}`;
  if (cause === "call_keeps_failing") return `${key}.${index}`;
  if (cause === "budget_exhausted") return `${key}.${ceilingOf(state)}`;
  return cause === "day_budget_exhausted" ? `${key}.${resumeAt?.slice(0, 10) ?? ""}` : key;
}

const faults = (state: RunState): string =>
  list(
    state.settingsFaults.map((fault) => `${code(SETTINGS_PATH)} line ${fault.line}: ${safeLine(state, fault.message)}`),
  );

/** Why a run ended without a pull request; empty when it ended with one. */
export function endNotice(state: RunState): string {
  const outcome = state.outcome;
  if (outcome === null) return "";
  const by = String(outcome.details["login"] ?? "");
  switch (outcome.outcome) {
    case "pull_request":
    case "draft":
    case "unpublished":
      return "";
    case "superseded":
      return state.effects["branch"] === undefined ? "" : `**Went on as another run.** ${kept(state)}`;
    case "cancelled":
      return `**Stopped** by ${code(by)}. ${kept(state)} Comment \`/plan\` to start again.`;
    case "rejected":
      return `**Plan rejected** by ${code(by)}. ${kept(state)} Comment \`/plan\` with guidance for a new one.`;
    case "refused":
    case "failed":
      return paragraphs(
        "**Stopped.** " + sentence(outcome.code, outcome.details),
        faults(state),
        evidenceTable(state),
        kept(state),
      );
  }
}

/** Ends after which the same plan may come to a better one: by another attempt, or by another model. */
const WORTH_RETRYING: ReadonlySet<string> = new Set([
  "tests_failed",
  "change_refused",
  "change_empty",
  "turn_limit",
  "stage_time_limit",
  "loop_detected",
]);

/** How people on the issue go on from the approved plan of a run that failed at the work; empty where that would not help. */
export function retryOffer({ outcome, approval, stageStarts, superseded }: RunState): string {
  const mayHelp = approval !== null && superseded === null && stageStarts.implement !== undefined;
  if (!mayHelp || !WORTH_RETRYING.has(outcome?.code ?? "")) return "";
  return "To try the same plan again, comment `/retry from=implement`; with `model=` and a model's id behind it, that model does the work.";
}

/** The questions of a run that asked. */
export function questionComment(state: RunState): string {
  const questions = state.question?.questions ?? [];
  const waits = state.approval === null ? "Before a plan can be made" : "Before the work can go on";
  return paragraphs(
    `**${waits}, this needs an answer:**`,
    questions.map((question, index) => `${index + 1}. ${safeLine(state, question)}`).join("\n"),
    `Post ${questions.length > 1 ? "all answers, by their numbers, as one comment" : "the answer as a comment"} that starts with \`/answer\`, then your text on the same line and below.`,
  );
}
