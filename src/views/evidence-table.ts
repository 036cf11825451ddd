import { publishedAttempt } from "../core/testing/attempts.ts";
import { compareTests } from "../core/testing/evidence.ts";
import type { RunState } from "../core/state.ts";
import type { TestReport } from "../core/testing/test-report.ts";
import { code, duration, list, paragraphs } from "./frame.ts";

function label(report: TestReport, final: TestReport | null): string {
  if (report.phase === "baseline") return "baseline";
  if (report === final) return `final (attempt ${report.attempt})`;
  const isLater = final !== null && report.attempt > final.attempt;
  return isLater ? `attempt ${report.attempt}, not kept` : `attempt ${report.attempt}`;
}

function result(report: TestReport): string {
  const flaky = report.flaky?.length ?? 0;
  const noted = (text: string): string => (flaky === 0 ? text : `${text}, ${flaky} flaky`);
  if (report.ended !== "exit") return noted(report.ended.replaceAll("_", " "));
  if (report.failing.length > 0) return noted(`${report.failing.length} failing`);
  return noted(report.exitCode === 0 ? "passed" : "failed");
}

/** Inline code in a table, where a bar would end the cell even inside code. */
const cell = (text: string): string => code(text).replaceAll("|", "\\|");

const row = (report: TestReport, final: TestReport | null): string =>
  `| ${label(report, final)} | ${cell(report.command)} | ${report.exitCode ?? "–"} | ${duration(report.durationMs)} | ${result(report)} |`;

/** Tests under a heading of their own; empty text when there are none. */
export const namedTests = (title: string, tests: readonly string[]): string => {
  const shown = tests.slice(0, 30).map(code);
  const rest = tests.length > shown.length ? [`and ${tests.length - shown.length} more`] : [];
  return tests.length === 0 ? "" : `**${title}**\n\n${list([...shown, ...rest])}`;
};

/** Every test run of the change, and what it did to each test; empty text when nothing was tested. */
export function evidenceTable(state: RunState): string {
  const attempts = state.attempts.filter((report) => report !== null);
  const reports = [state.baseline, ...attempts].filter((report) => report !== null);
  const final = state.attempts[publishedAttempt(state) - 1] ?? null;
  if (reports.length === 0) return "";
  const difference = final === null ? null : compareTests(state.baseline, final);
  const flaky = [...new Set(reports.flatMap((report) => report.flaky ?? []))];
  return paragraphs(
    [
      "| run | command | exit code | duration | result |",
      "| --- | --- | --- | --- | --- |",
      ...reports.map((report) => row(report, final)),
    ].join("\n"),
    namedTests("No longer failing", difference?.fixed ?? []),
    namedTests("Newly failing", difference?.newlyFailing ?? []),
    namedTests("Already failing before this change", difference?.alreadyFailing ?? []),
    namedTests("Flaky: failed, then passed on the very same files", flaky),
  );
}
