import { isErrorCode, sentenceOf } from "../core/errors.ts";
import type { RunState } from "../core/state.ts";
import { SETTINGS_PATH } from "../core/settings.ts";
import { evidenceTable } from "./evidence-table.ts";
import { code, list, paragraphs, safeLine } from "./frame.ts";

const sentence = (name: string | null, details: Readonly<Record<string, string | number>>): string =>
  name !== null && isErrorCode(name) ? sentenceOf(name, details) : sentenceOf("internal", { reason: "unknown" });

const kept = (state: RunState): string => {
  const count = state.checkpoint?.changes.length ?? 0;
  return count === 0
    ? "Nothing was changed in the repository."
    : `Nothing was changed in the repository; ${count} changed file(s) are kept with the run.`;
};

/** Why the run is held up, and what happens next. */
export function parkedNotice(state: RunState): string {
  if (state.parked === null) return "";
  return paragraphs(
    "**Held up.** " + sentence(state.parked.code, state.parked.details),
    `${kept(state)} To try at once, comment \`/retry\`; to stop, comment \`/stop\`.`,
  );
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
      return "";
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

/** The questions of a run that asked. */
export function questionComment(state: RunState): string {
  const questions = state.question?.questions ?? [];
  return paragraphs(
    "**Before a plan can be made, this needs an answer:**",
    questions.map((question, index) => `${index + 1}. ${safeLine(state, question)}`).join("\n"),
    "Post the answer as a comment that starts with `/answer`, then your text on the same line and below.",
  );
}
