import { plainLine, truncateMarkdown } from "../core/defuse.ts";
import { outsidePlan } from "../core/policy.ts";
import { shortDigest } from "../core/plan.ts";
import { usd } from "../core/money.ts";
import type { RunState } from "../core/state.ts";
import { verdictOf } from "../core/evidence.ts";
import { evidenceTable } from "./evidence-table.ts";
import { code, list, paragraphs, quoted, runLine, safeLine, section, type ViewOptions } from "./frame.ts";

/** One line, at most 100 characters, without anything that acts. */
export const pullRequestTitle = (state: RunState): string => plainLine(state.plan?.plan.title ?? state.title, 100);

function verdictLine(state: RunState): string {
  const report = state.attempts.at(-1);
  if (report === null)
    return "**Nothing was verified: no test command was found in this repository.** Review this change with that in mind.";
  const left = state.submissions.at(-1)?.leftFailing ?? [];
  switch (report === undefined ? "failed" : verdictOf(report, state.baseline, left)) {
    case "passed":
      return "The tests pass on exactly these files.";
    case "accepted":
      return "No test fails that did not fail before; the ones listed below as already failing were left as they are.";
    default:
      return "**The tests fail on this change.** It is kept as a draft because the settings ask for that.";
  }
}

function departures(state: RunState): string {
  const paths = (state.checked?.changes ?? []).map((change) => change.path);
  const outside = outsidePlan(paths, state.plan?.plan.paths ?? []);
  return outside.length === 0 ? "" : `**Not named in the plan, look at these first:**\n\n${list(outside.map(code))}`;
}

function costTable(state: RunState): string {
  const rows = Object.entries(state.costByStage).map(([stage, cost]) => `| ${stage} | ${usd(cost)} |`);
  return ["| stage | cost |", "| --- | --- |", ...rows, `| **all** | **${usd(state.costMicroUsd)}** |`].join("\n");
}

/** The pull request's description. */
export function pullRequestBody(state: RunState, options: ViewOptions): string {
  const plan = state.plan;
  const approval = state.approval;
  const summary = state.submissions.at(-1)?.summary ?? "";
  const sensitive = state.checked?.sensitive ?? [];
  const body = paragraphs(
    `Closes #${state.subject?.issue ?? 0}`,
    verdictLine(state),
    section("Test evidence", evidenceTable(state)).trimEnd(),
    sensitive.length === 0
      ? ""
      : `**Needs a careful look** (it decides how people's tools, tests or reviews work, or was a test before):\n\n${list(sensitive.map(code))}`,
    departures(state),
    section(
      "What was done",
      summary === "" ? "" : paragraphs("In the worker's words:", quoted(state, summary)),
    ).trimEnd(),
    plan === null ? "" : section(`Approved plan ${code(shortDigest(plan.digest))}`, planSummary(state)).trimEnd(),
    approval === null
      ? ""
      : `Approved by ${code(approval.by.login)} for commit ${code(plan?.baseSha.slice(0, 12) ?? "")}.`,
    section("Cost", costTable(state)).trimEnd(),
    `${runLine(state, options)} · To ask for changes, comment \`/plan\` on the issue with what should be different.`,
  );
  return truncateMarkdown(body);
}

const planSummary = (state: RunState): string =>
  paragraphs(
    quoted(state, state.plan?.plan.summary ?? ""),
    list(
      (state.plan?.plan.steps ?? []).map((step) => safeLine(state, step)),
      "1. ",
    ),
  );

/** The commit's message: ours but for the title and summary, which are defused; no trailers from a model. */
export const commitMessage = (state: RunState): string =>
  `${pullRequestTitle(state)}\n\nFor issue #${state.subject?.issue ?? 0}, plan ${shortDigest(state.plan?.digest ?? "")}, run ${state.run}.\n`;
