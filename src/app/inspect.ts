import { join } from "node:path";
import { fold } from "../core/evolve.ts";
import { JourneymanError } from "../core/errors.ts";
import { printable } from "../core/text/invisible.ts";
import { openArtifacts } from "../journal/artifacts.ts";
import type { Journal, RunRow } from "../ports/journal.ts";
import { planComment } from "../views/plan-comment.ts";
import { requestLines } from "../views/request-list.ts";
import { runReport, timeline } from "../views/timeline.ts";
import { understandingReport } from "../views/understanding.ts";
import { withJournal } from "./existing-journal.ts";

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Runs among which a shortened id is looked for. */
const SEARCHED = 10_000;

/** The run of this id, or of its last characters, at least eight. @throws run_unknown */
export async function findRun(journal: Journal, given: string): Promise<RunRow> {
  const rows = await journal.runs({ limit: SEARCHED });
  const matching = rows.filter((row) => row.run === given || (given.length >= 8 && row.run.endsWith(given)));
  const [row] = matching;
  if (row === undefined || matching.length > 1)
    throw new JourneymanError("run_unknown", { given, count: matching.length });
  return row;
}

export interface ShowOptions {
  readonly all?: boolean;
  readonly json?: boolean;
  readonly plan?: boolean;
  readonly files?: boolean;
  readonly requests?: boolean;
  readonly understanding?: boolean;
}

/** Prints a run from its journal. @throws run_unknown, journal_missing */
export const showRun = (given: string, options: ShowOptions): Promise<void> =>
  withJournal(async (journal, dataDir) => {
    const { run } = await findRun(journal, given);
    const facts = await journal.load(run);
    const state = fold(run, facts);
    if (options.json === true) return facts.forEach((fact) => say(JSON.stringify(fact)));
    if (options.plan === true) return say(state.plan === null ? "no plan yet" : planComment(state, state.plan));
    if (options.understanding === true) return say(printable(understandingReport(state)));
    if (options.requests === true) return say(printable(requestLines(facts.map(({ event }) => event))));
    if (options.files === true) return printFiles(state.checkpoint?.changes ?? [], dataDir);
    say(runReport(state));
    say("");
    say(timeline(facts, { all: options.all ?? false }));
  });

type Changes = NonNullable<ReturnType<typeof fold>["checkpoint"]>["changes"];

/** The changed files as they will be committed, but for what a terminal would obey. */
async function printFiles(changes: Changes, dataDir: string): Promise<void> {
  const artifacts = openArtifacts(join(dataDir, "artifacts"));
  for (const change of changes) {
    say(printable(`── ${change.status} ${change.path}`));
    if (change.status !== "deleted") say(printable(new TextDecoder().decode(await artifacts.get(change.artifact))));
  }
}
