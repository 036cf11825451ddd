import { publishedAttempt } from "../core/testing/attempts.ts";
import { verdictOf } from "../core/testing/evidence.ts";
import type { RunState } from "../core/state.ts";
import { evidenceTable } from "./evidence-table.ts";
import { paragraphs } from "./frame.ts";
import { proofLines } from "./proof.ts";

/** What the tests say of the published change, in a sentence. */
export function verdictLine(state: RunState): string {
  const published = publishedAttempt(state);
  const report = state.attempts[published - 1];
  if (report === null)
    return "**Nothing was verified: no test command was found in this repository.** Review this change with that in mind.";
  const left = state.submissions[published - 1]?.leftFailing ?? [];
  switch (report === undefined ? "failed" : verdictOf(report, state.baseline, left)) {
    case "passed":
      return "The tests pass on exactly these files.";
    case "accepted":
      return "No test fails that did not fail before; the ones listed below as already failing were left as they are.";
    default:
      return "**The tests fail on this change.** It is kept as a draft because the settings ask for that.";
  }
}

/** Every test run, and what shows the bug. */
export const evidenceSection = (state: RunState): string => paragraphs(evidenceTable(state), proofLines(state));
