import { existsSync } from "node:fs";
import { backtest } from "../eval/backtest.ts";
import { backtestLines, backtestMarkdown, backtestReport } from "../eval/backtest-report.ts";
import { scriptedModel } from "../eval/scripted-model.ts";
import { exportedRun, type StoredRun, storedRun } from "../eval/stored-run.ts";
import type { Trial } from "../eval/task-run.ts";
import { type EvalFlags, invalid, type Shown } from "./eval-options.ts";
import { withJournal } from "./existing-journal.ts";
import { findRun } from "./inspect.ts";

/** A run of the journal, or the file of an exported one. @throws evals_invalid, run_unknown, journal_missing */
async function runNamed(given: string): Promise<StoredRun> {
  if (/\.jsonl(\.gz)?$/.test(given) || existsSync(given)) return exportedRun(given);
  const found: StoredRun[] = [];
  await withJournal(async (journal) => {
    const { run } = await findRun(journal, given);
    found.push(storedRun(run, await journal.load(run)));
  });
  return found[0] ?? { name: given, turns: [] };
}

function modelOf(flags: EvalFlags, { live, price }: Trial) {
  if (live !== null) return live;
  if (flags.script === undefined) throw invalid("--backtest", "--live or --script FILE beside it", "neither");
  return scriptedModel(flags.script, price);
}

/** Asks every turn of stored runs anew. @throws option_invalid, evals_invalid, run_unknown, journal_missing */
export async function runBacktest(given: readonly string[], flags: EvalFlags, trial: Trial): Promise<Shown> {
  if (given.length === 0) throw invalid("--backtest", "runs, or files that were exported from them", "nothing");
  const model = await modelOf(flags, trial);
  const runs: StoredRun[] = [];
  for (const one of given) runs.push(await runNamed(one));
  const report = backtestReport(trial.live === null ? "recorded" : "live", await backtest(runs, { ...trial, model }));
  return {
    lines: backtestLines(report),
    markdown: backtestMarkdown(report),
    json: report,
    ok: report.likeness.no_answer === 0,
  };
}
