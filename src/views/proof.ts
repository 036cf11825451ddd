import { publishedAttempt } from "../core/testing/attempts.ts";
import { compareTests } from "../core/testing/evidence.ts";
import { proofOf } from "../core/testing/reproduction.ts";
import type { RunState } from "../core/state.ts";
import { namedTests } from "./evidence-table.ts";
import { code, counted, paragraphs } from "./frame.ts";

const MAX_FILES = 10;

const files = (paths: readonly string[]): string => {
  const more = paths.length > MAX_FILES ? ` and ${paths.length - MAX_FILES} more` : "";
  return paths.slice(0, MAX_FILES).map(code).join(", ") + more;
};

/** Whether anything shows the bug: tests that fail without the change and pass with it. Empty text when it was no bug, or nothing was tested. */
export function proofLines(state: RunState): string {
  const report = state.attempts[publishedAttempt(state) - 1] ?? null;
  if (state.routing?.kind !== "bug" || report === null || state.green === null) return "";
  const { reproduction } = state;
  if (reproduction === null || reproduction.report.attempt !== state.green.attempt) {
    const fixed = compareTests(state.baseline, report).fixed.length;
    return fixed > 0
      ? `**No test was added:** ${counted(fixed, "test that failed before shows the bug already, and passes now", "tests that failed before show the bug already, and pass now")}.`
      : "**No test was added or changed:** no test shows the bug, or keeps it from coming back.";
  }
  const tried = files(reproduction.files);
  if (!reproduction.reproduced)
    return `**The new tests pass without the change: they do not show the bug.** Tried on the base commit: ${tried}.`;
  const { tests } = proofOf(reproduction.report, report);
  const unnamed =
    tests.length === 0 ? " Their output there names no test: perhaps they cannot be built without it." : "";
  return paragraphs(
    `The new tests show the bug: on the base commit they fail, with the change they pass (${tried}).${unnamed}`,
    namedTests("Fail without the change, pass with it", tests),
  );
}
