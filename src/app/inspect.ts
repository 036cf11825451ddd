import { join } from "node:path";
import { fold } from "../core/evolve.ts";
import { JourneymanError } from "../core/errors.ts";
import { printable } from "../core/invisible.ts";
import { usd } from "../core/money.ts";
import { openArtifacts } from "../journal/artifacts.ts";
import type { Journal, RunRow } from "../ports/journal.ts";
import { planComment } from "../views/plan-comment.ts";
import { runReport, timeline } from "../views/timeline.ts";
import { withJournal } from "./existing-journal.ts";

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Runs among which a shortened id is looked for. */
const SEARCHED = 10_000;

async function findRun(journal: Journal, given: string): Promise<RunRow> {
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
}

/** Prints a run from its journal. @throws run_unknown, journal_missing */
export const showRun = (given: string, options: ShowOptions): Promise<void> =>
  withJournal(async (journal, dataDir) => {
    const { run } = await findRun(journal, given);
    const facts = await journal.load(run);
    const state = fold(run, facts);
    if (options.json === true) return facts.forEach((fact) => say(JSON.stringify(fact)));
    if (options.plan === true) return say(state.plan === null ? "no plan yet" : planComment(state, state.plan));
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

/** @throws option_invalid */
function limitOf(given: string): number {
  const limit = /^\d{1,5}$/.test(given) ? Number(given) : 0;
  if (limit < 1 || limit > SEARCHED)
    throw new JourneymanError("option_invalid", {
      option: "--limit",
      expected: `a whole number from 1 to ${SEARCHED}`,
      given,
    });
  return limit;
}

/** Prints the newest runs, a line each. @throws option_invalid, journal_missing */
export async function listRuns(options: { readonly live?: boolean; readonly limit: string }): Promise<void> {
  const limit = limitOf(options.limit);
  await withJournal(async (journal) => {
    const rows = await journal.runs({ limit, ...(options.live === true && { live: true }) });
    if (rows.length === 0) say("no runs yet");
    for (const row of rows) {
      const { owner, name, issue } = row.subject;
      say(
        `${row.run}  ${row.createdAt.slice(0, 16)}  ${usd(row.costMicroUsd).padStart(8)}  ${owner}/${name}#${issue}  ${row.status}`,
      );
    }
  });
}
