import { printable } from "../core/text/invisible.ts";
import { usd } from "../core/money/money.ts";
import type { Likeness, TurnReport } from "./backtest.ts";

export interface BacktestReport {
  readonly model: "recorded" | "live";
  readonly turns: readonly TurnReport[];
  readonly likeness: Readonly<Record<Likeness, number>>;
  readonly costBefore: number;
  readonly costAfter: number;
}

const WORDS: Readonly<Record<Likeness, string>> = {
  same: "same calls",
  same_target: "same target",
  same_tool: "same tool",
  different: "DIFFERENT",
  no_answer: "NO ANSWER",
};

export function backtestReport(model: BacktestReport["model"], turns: readonly TurnReport[]): BacktestReport {
  const likeness = { same: 0, same_target: 0, same_tool: 0, different: 0, no_answer: 0 };
  for (const turn of turns) likeness[turn.likeness] += 1;
  const sum = (of: (turn: TurnReport) => number): number => turns.reduce((all, turn) => all + of(turn), 0);
  return {
    model,
    turns,
    likeness,
    costBefore: sum(({ costBefore }) => costBefore),
    costAfter: sum(({ costAfter }) => costAfter),
  };
}

const countsOf = ({ likeness }: BacktestReport): string =>
  Object.entries(WORDS)
    .map(([key, words]) => `${likeness[key as Likeness]} ${words.toLowerCase()}`)
    .join(", ");

const costsOf = ({ costBefore, costAfter, model }: BacktestReport): string =>
  `cost ${usd(costBefore)} then, ${usd(costAfter)} now${model === "recorded" ? " (recorded: reckoned)" : ""}`;

const differs = ({ likeness }: TurnReport): boolean => likeness !== "same";

/** A line a turn; what both called where it is not the same. */
export function backtestLines(report: BacktestReport): string {
  const lines = report.turns.map((turn) => {
    const { run, conversation, likeness, before, after, costBefore, costAfter } = turn;
    const where = `${run.slice(-12)} ${conversation.padEnd(14)} ${String(turn.turn).padStart(3)}`;
    const changed = differs(turn) ? `\n      then: ${before}\n      now:  ${after}` : "";
    return `${where}  ${WORDS[likeness].padEnd(11)}  ${usd(costBefore)} → ${usd(costAfter)}${changed}`;
  });
  return printable([...lines, `${report.turns.length} turns: ${countsOf(report)}`, costsOf(report)].join("\n"));
}

const cell = (text: string): string => printable(text).replaceAll("|", "\\|").replaceAll("\n", " ");

export function backtestMarkdown(report: BacktestReport): string {
  const rows = report.turns.map(({ run, conversation, role, turn, likeness, before, after, costBefore, costAfter }) => {
    const cells = [
      run,
      conversation,
      role,
      String(turn),
      WORDS[likeness],
      before,
      after,
      usd(costBefore),
      usd(costAfter),
    ];
    return `| ${cells.map(cell).join(" | ")} |`;
  });
  return [
    "# Back-test",
    "",
    `${report.turns.length} turns: ${countsOf(report)}; ${costsOf(report)}.`,
    "",
    "| run | conversation | role | turn | likeness | then | now | cost then | cost now |",
    "|---|---|---|---:|---|---|---|---:|---:|",
    ...rows,
    "",
  ].join("\n");
}
