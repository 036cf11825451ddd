import { JourneymanError } from "../core/errors.ts";
import type { RunId } from "../core/ids.ts";
import { usd } from "../core/money/money.ts";
import type { RunRow } from "../ports/journal.ts";
import { withJournal } from "./existing-journal.ts";

const MOST = 10_000;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** @throws option_invalid */
function limitOf(given: string): number {
  const limit = /^\d{1,5}$/.test(given) ? Number(given) : 0;
  if (limit < 1 || limit > MOST)
    throw new JourneymanError("option_invalid", {
      option: "--limit",
      expected: `a whole number from 1 to ${MOST}`,
      given,
    });
  return limit;
}

/** As long as `journeyman show` needs it to find a run. */
const shortId = (run: RunId): string => run.slice(-8);

function lineOf({ run, subject, createdAt, costMicroUsd, status, origin }: RunRow): string {
  const { owner, name, issue } = subject;
  const from = origin === null ? [] : [`fork of ${shortId(origin)}`];
  const cost = usd(costMicroUsd).padStart(8);
  return [run, createdAt.slice(0, 16), cost, `${owner}/${name}#${issue}`, status, ...from].join("  ");
}

/** Prints the newest runs, a line each. @throws option_invalid, journal_missing */
export async function listRuns(options: { readonly live?: boolean; readonly limit: string }): Promise<void> {
  const limit = limitOf(options.limit);
  await withJournal(async (journal) => {
    const rows = await journal.runs({ limit, ...(options.live === true && { live: true }) });
    if (rows.length === 0) say("no runs yet");
    for (const row of rows) say(lineOf(row));
  });
}
