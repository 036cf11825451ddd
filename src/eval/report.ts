import { printable } from "../core/text/invisible.ts";
import { usd } from "../core/money/money.ts";
import type { Smell } from "./measure.ts";
import type { PrefixReport } from "./prefix-run.ts";
import type { SuiteReport, SuiteTotal } from "./suite.ts";
import type { TaskReport } from "./task-run.ts";

/*
 * An evaluation for people: a line as each task ends, a table at the end, the same as Markdown. All that comes from files or models is
 * made printable.
 */

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const SMELLS: readonly (readonly [keyof Smell, string])[] = [
  ["repeatedCalls", "repeated calls"],
  ["rereads", "re-reads"],
  ["failedEdits", "failed edits"],
  ["answersWithoutCalls", "answers without a call"],
  ["retries", "failed requests"],
];

export const smellText = (smell: Smell): string =>
  SMELLS.flatMap(([key, words]) => (smell[key] === 0 ? [] : [`${smell[key]} ${words}`])).join(", ") || "none";

const isTask = (report: TaskReport | PrefixReport): report is TaskReport => "turns" in report;

/** One line, and one more for each fault. */
export function progressLine(report: TaskReport | PrefixReport): string {
  const figures = isTask(report)
    ? `${report.language.padEnd(11)} ${usd(report.costMicroUsd).padStart(8)} ${String(report.turns).padStart(3)} turns  ${seconds(report.durationMs).padStart(7)}`
    : "point in time";
  const faults = report.faults.map((fault) => `\n      ${fault.replaceAll("\n", "\n      ")}`).join("");
  return printable(`${report.passed ? "pass" : "FAIL"}  ${report.name.padEnd(30)} ${figures}${faults}`);
}

const modelText = ({ model }: SuiteReport): string =>
  model === "recorded"
    ? "recorded scripts: answers, tokens and cache are reckoned, prices are those of the price table"
    : "live models";

export function summaryLines(report: SuiteReport): string {
  const { total } = report;
  const { usage } = total;
  return [
    `${total.passed} of ${total.of} passed (${percent(total.of === 0 ? 0 : total.passed / total.of)}) in ${seconds(total.durationMs)}, ${modelText(report)}`,
    `cost ${usd(total.costMicroUsd)}; ${total.turns} turns; ${total.toolCalls} tool calls, ${total.toolErrors} of them errors`,
    `tokens: ${usage.input + usage.cacheWrite} new, ${usage.cacheRead} from the cache (${percent(total.cacheShare)}), ${usage.output} out`,
    `smell: ${smellText(total.smell)}`,
  ].join("\n");
}

const cell = (text: string): string => printable(text).replaceAll("|", "\\|").replaceAll("\n", " ");

function row(task: TaskReport): string {
  const { name, language, passed, costMicroUsd, turns, toolCalls, toolErrors, cacheShare, durationMs, smell } = task;
  const cells = [
    passed ? "pass" : "**fail**",
    name,
    language,
    usd(costMicroUsd),
    String(turns),
    `${toolErrors} of ${toolCalls}`,
    percent(cacheShare),
    seconds(durationMs),
    smellText(smell),
  ];
  return `| ${cells.map(cell).join(" | ")} |`;
}

const totalRow = (total: SuiteTotal): string =>
  `| ${total.passed} of ${total.of} | all | | ${usd(total.costMicroUsd)} | ${total.turns} | ${total.toolErrors} of ${total.toolCalls} | ${percent(total.cacheShare)} | ${seconds(total.durationMs)} | ${smellText(total.smell)} |`;

/** The report as Markdown. */
export function markdownReport(report: SuiteReport): string {
  const failed = [...report.tasks, ...report.prefixes].filter(({ passed }) => !passed);
  const faults = failed.flatMap(({ name, faults }) => faults.map((fault) => `- ${cell(name)}: ${cell(fault)}`));
  const prefixes = report.prefixes.map(({ name, passed }) => `| ${passed ? "pass" : "**fail**"} | ${cell(name)} |`);
  return [
    "# Evaluation",
    "",
    `Answers by ${modelText(report)}.`,
    "",
    "| result | task | language | cost | turns | tool errors | cache share | duration | smell |",
    "|---|---|---|---:|---:|---:|---:|---:|---|",
    ...report.tasks.map(row),
    totalRow(report.total),
    ...(prefixes.length === 0 ? [] : ["", "| result | point in time |", "|---|---|", ...prefixes]),
    ...(faults.length === 0 ? [] : ["", "## What failed", "", ...faults]),
    "",
  ].join("\n");
}
