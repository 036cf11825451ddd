import { fold } from "../core/evolve.ts";
import { printable } from "../core/text/invisible.ts";
import { planComment } from "../views/plan-comment.ts";
import { requestLines } from "../views/request-list.ts";
import { stateReport } from "../views/state-report.ts";
import { runReport, timeline } from "../views/timeline.ts";
import { understandingReport } from "../views/understanding.ts";
import { upTo } from "./fact-range.ts";
import { printArtifact, printFiles } from "./print-artifact.ts";
import type { WholeRun } from "./whole-run.ts";

const say = (text: string): void => void process.stdout.write(`${text}\n`);

export interface ShowOptions {
  readonly all?: boolean;
  readonly json?: boolean;
  readonly plan?: boolean;
  readonly files?: boolean;
  readonly requests?: boolean;
  readonly understanding?: boolean;
  /** The last fact that counts. */
  readonly at?: string;
  /** A digest, or the path of a file of the checkpoint. */
  readonly artifact?: string;
}

/** Prints what was asked for of a run. @throws fact_unknown, option_invalid, artifact_missing */
export async function printRun({ run, facts: all, artifacts }: WholeRun, options: ShowOptions): Promise<void> {
  const facts = upTo(all, run, options.at);
  const state = fold(run, facts);
  const { artifact } = options;
  if (artifact !== undefined) return printArtifact(artifacts, state, artifact);
  if (options.json === true) return facts.forEach((fact) => say(JSON.stringify(fact)));
  if (options.plan === true) return say(state.plan === null ? "no plan yet" : planComment(state, state.plan));
  if (options.understanding === true) return say(printable(understandingReport(state)));
  if (options.requests === true) return say(printable(requestLines(facts.map(({ event }) => event))));
  if (options.files === true) return printFiles(state.checkpoint?.changes ?? [], artifacts);
  say(runReport(state));
  say("");
  if (options.at !== undefined) say(`after fact ${options.at}\n${printable(stateReport(state))}\n`);
  say(timeline(facts, { all: options.all ?? false }));
}
