import { shortDigest } from "../core/plan.ts";
import { usd } from "../core/money/money.ts";
import { truncateMarkdown } from "../core/text/defuse.ts";
import type { EventOf } from "../core/events.ts";
import type { RunState } from "../core/state.ts";
import { code, list, paragraphs, quoted, safeLine, section } from "./frame.ts";

/** Leaves room for what must never be cut: how to approve. */
const PLAN_CHARS = 58_000;

/** The plan as posted for approval. A function of the proposal alone, so that a later look can tell whether it was changed. */
export function planComment(state: RunState, proposal: EventOf<"plan.proposed">): string {
  const { plan } = proposal;
  const digest = shortDigest(proposal.digest);
  const line = (value: string): string => safeLine(state, value);
  const tests =
    proposal.testCommand === null
      ? "**No test command was found in this repository: the pull request will say that nothing was verified.** Set `tests.command` in `.github/journeyman.yml` to change that."
      : `Tests are run by ${code(proposal.testCommand)}, before the change and after it.`;
  const hidden =
    proposal.hidden === 0
      ? ""
      : `> **Note:** ${proposal.hidden} hidden part(s) of the issue's text were removed before planning.`;
  const contents = paragraphs(
    `## Plan ${proposal.revision}: ${line(plan.title)}`,
    hidden,
    "In the planner's words:",
    quoted(state, plan.summary),
    section("Steps", list(plan.steps.map(line), "1. ")).trimEnd(),
    section("Paths that will be touched", list(plan.paths.map(code))).trimEnd(),
    section("Commands that will run", list(plan.commands.map(code))).trimEnd(),
    section("Tests", paragraphs(list(plan.tests.map(line)), tests)).trimEnd(),
    section("Risks and open questions", list(plan.risks.map(line))).trimEnd(),
  );
  return paragraphs(
    truncateMarkdown(contents, PLAN_CHARS),
    `Estimated cost: ${usd(proposal.costLowMicroUsd)} to ${usd(proposal.costHighMicroUsd)} · commit ${code(proposal.baseSha.slice(0, 12))} · plan ${code(digest)}`,
    "**Nothing runs until someone with write access approves.** To answer, post one of these lines as a comment:",
    ["```", `/approve ${digest}`, "/revise what should be different", "/reject why", "```"].join("\n"),
  );
}
