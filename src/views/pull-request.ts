import { publishedAttempt } from "../core/testing/attempts.ts";
import { plainLine, truncateMarkdown } from "../core/text/defuse.ts";
import { outsidePlan } from "../core/change/policy.ts";
import { shortDigest } from "../core/plan.ts";
import type { RunState } from "../core/state.ts";
import { costSection } from "./cost-section.ts";
import { evidenceSection, verdictLine } from "./evidence-section.ts";
import { code, list, paragraphs, quoted, runLine, safeLine, section, type ViewOptions } from "./frame.ts";
import { reviewSection } from "./review-section.ts";

/** One line, at most 100 characters, without anything that acts. */
export const pullRequestTitle = (state: RunState): string => plainLine(state.plan?.plan.title ?? state.title, 100);

function departures(state: RunState): string {
  const paths = (state.checked?.changes ?? []).map((change) => change.path);
  const outside = outsidePlan(paths, state.plan?.plan.paths ?? []);
  return outside.length === 0 ? "" : `**Not named in the plan, look at these first:**\n\n${list(outside.map(code))}`;
}

/** The pull request's description. */
export function pullRequestBody(state: RunState, options: ViewOptions): string {
  const plan = state.plan;
  const approval = state.approval;
  const summary = state.submissions[publishedAttempt(state) - 1]?.summary ?? "";
  const sensitive = state.checked?.sensitive ?? [];
  const body = paragraphs(
    `Closes #${state.subject?.issue ?? 0}`,
    verdictLine(state),
    section("Test evidence", evidenceSection(state)).trimEnd(),
    section("Review", reviewSection(state)).trimEnd(),
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
    section("Cost", costSection(state)).trimEnd(),
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
