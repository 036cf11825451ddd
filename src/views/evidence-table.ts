import { compareTests } from "../core/evidence.ts";
import type { TestReport } from "../core/events.ts";
import type { RunState } from "../core/state.ts";
import { code, duration, list, paragraphs } from "./frame.ts";

function label(report: TestReport, last: TestReport | undefined): string {
  if (report.phase === "baseline") return "baseline";
  return report === last ? `final (attempt ${report.attempt})` : `attempt ${report.attempt}`;
}

function result(report: TestReport): string {
  if (report.ended !== "exit") return report.ended.replaceAll("_", " ");
  if (report.exitCode === 0) return "passed";
  return report.failing.length === 0 ? "failed" : `${report.failing.length} failing`;
}

/** Inline code in a table, where a bar would end the cell even inside code. */
const cell = (text: string): string => code(text).replaceAll("|", "\\|");

const row = (report: TestReport, last: TestReport | undefined): string =>
  `| ${label(report, last)} | ${cell(report.command)} | ${report.exitCode ?? "–"} | ${duration(report.durationMs)} | ${result(report)} |`;

const named = (title: string, tests: readonly string[]): string => {
  const shown = tests.slice(0, 30).map(code);
  const rest = tests.length > shown.length ? [`and ${tests.length - shown.length} more`] : [];
  return tests.length === 0 ? "" : `**${title}**\n\n${list([...shown, ...rest])}`;
};

/** Every test run of the change, and what it did to each test; empty text when nothing was tested. */
export function evidenceTable(state: RunState): string {
  const attempts = state.attempts.filter((report) => report !== null);
  const reports = [state.baseline, ...attempts].filter((report) => report !== null);
  const last = reports.findLast((report) => report.phase !== "baseline");
  if (reports.length === 0) return "";
  const difference = last === undefined ? null : compareTests(state.baseline, last);
  return paragraphs(
    [
      "| run | command | exit code | duration | result |",
      "| --- | --- | --- | --- | --- |",
      ...reports.map((report) => row(report, last)),
    ].join("\n"),
    named("No longer failing", difference?.fixed ?? []),
    named("Newly failing", difference?.newlyFailing ?? []),
    named("Already failing before this change", difference?.alreadyFailing ?? []),
  );
}
