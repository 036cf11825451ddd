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

/** Ours, so under a heading of its own: the section before it holds the words of a model. */
function lookHere(state: RunState): string {
  const sensitive = state.checked?.sensitive ?? [];
  const careful = `**Needs a careful look** (it decides how people's tools, tests or reviews work, or was a test before):\n\n${list(sensitive.map(code))}`;
  return paragraphs(departures(state), sensitive.length === 0 ? "" : careful);
}

/** Characters of each part, so that none of them, however long a model or a test makes it, pushes the ones after it out. */
const ROOM = { evidence: 18_000, review: 14_000, places: 18_000 } as const;

/** The pull request's description. */
export function pullRequestBody(state: RunState, options: ViewOptions): string {
  const plan = state.plan;
  const approval = state.approval;
  const summary = state.submissions[publishedAttempt(state) - 1]?.summary ?? "";
  const body = paragraphs(
    `Closes #${state.subject?.issue ?? 0}`,
    verdictLine(state),
    section("Test evidence", truncateMarkdown(evidenceSection(state), ROOM.evidence)).trimEnd(),
    section("Review", truncateMarkdown(reviewSection(state), ROOM.review)).trimEnd(),
    section("Where to look", truncateMarkdown(lookHere(state), ROOM.places)).trimEnd(),
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

/** Title and description as one text: the first line, an empty one, the rest. */
export const pullRequestText = (state: RunState, options: ViewOptions): string =>
  `${pullRequestTitle(state)}\n\n${pullRequestBody(state, options)}`;

/** The two parts of that text. */
export function partsOf(text: string): { readonly title: string; readonly body: string } {
  const end = text.indexOf("\n");
  return { title: text.slice(0, end), body: text.slice(end + 2) };
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
