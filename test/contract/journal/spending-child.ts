import { z } from "zod";
import { openJournal } from "../../../src/journal/journal.ts";
import type { LedgerEntry } from "../../../src/ports/journal.ts";
import { spender, storeAt } from "./kit.ts";

/*
 * Another process on the same journal: founds some runs and lets each reserve again and again, all at once; every second reservation is
 * settled at half its amount. Prints one JSON line for every answer to a reservation.
 */
const Account = z.object({ scope: z.enum(["tenant", "repository"]), id: z.string(), cap: z.number().nullable() });
const Arguments = z.object({
  address: z.string(),
  day: z.string(),
  /** Issues that the runs are for, and how often each run reserves. */
  issues: z.array(z.number()),
  calls: z.number(),
  amount: z.number(),
  accounts: z.array(Account),
});

const work = Arguments.parse(JSON.parse(process.argv[2] ?? "{}"));
const journal = await openJournal(storeAt(work.address));

async function spend(issue: number): Promise<void> {
  const { run, enter } = await spender(journal, issue);
  for (let call = 0; call < work.calls; call++) {
    const { day, amount, accounts } = work;
    const key = `${run}/${call}`;
    const entry: LedgerEntry = { kind: "reserve", day, key, amount, accounts };
    const { kind } = await enter(entry);
    process.stdout.write(`${JSON.stringify({ kind })}\n`);
    if (kind === "appended" && call % 2 === 1) await enter({ kind: "settle", key, amount: amount / 2 });
  }
}

await Promise.all(work.issues.map(spend));
await journal.close();
