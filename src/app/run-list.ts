import { JourneymanError } from "../core/errors.ts";
import { usd } from "../core/money/money.ts";
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
