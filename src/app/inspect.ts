import { join } from "node:path";
import { fold } from "../core/evolve.ts";
import { JourneymanError } from "../core/errors.ts";
import { usd } from "../core/money.ts";
import { openArtifacts } from "../journal/artifacts.ts";
import type { Journal, RunRow } from "../ports/journal.ts";
import { planComment } from "../views/plan-comment.ts";
import { runReport, timeline } from "../views/timeline.ts";
import { composeJournal } from "./compose.ts";
import { localConfig } from "./config.ts";

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const quiet = { warn: () => {} };

/** Runs among which a shortened id is looked for. */
const SEARCHED = 10_000;

async function withJournal(work: (journal: Journal, dataDir: string) => Promise<void>): Promise<void> {
  const { DATA_DIR } = localConfig();
  const journal = await composeJournal(DATA_DIR, quiet);
  try {
    await work(journal, DATA_DIR);
  } finally {
    await journal.close();
  }
}

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

/** Prints a run from its journal. @throws run_unknown */
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

/** The changed files as they will be committed. */
async function printFiles(changes: Changes, dataDir: string): Promise<void> {
  const artifacts = openArtifacts(join(dataDir, "artifacts"));
  for (const change of changes) {
    say(`── ${change.status} ${change.path}`);
    if (change.status !== "deleted") say(new TextDecoder().decode(await artifacts.get(change.artifact)));
  }
}

/** Prints the newest runs, a line each. */
export const listRuns = (options: { readonly live?: boolean; readonly limit: string }): Promise<void> =>
  withJournal(async (journal) => {
    const limit = Number.parseInt(options.limit, 10);
    const rows = await journal.runs({ limit: limit > 0 ? limit : 20, ...(options.live === true && { live: true }) });
    if (rows.length === 0) say("no runs yet");
    for (const row of rows) {
      const { owner, name, issue } = row.subject;
      say(
        `${row.run}  ${row.createdAt.slice(0, 16)}  ${usd(row.costMicroUsd).padStart(8)}  ${owner}/${name}#${issue}  ${row.status}`,
      );
    }
  });
