import { z } from "zod";
import { RunId } from "../../../src/core/ids.ts";
import { openJournal } from "../../../src/journal/journal.ts";
import { iso, START, storeAt, subject } from "./kit.ts";

/* Another process on the same journal: stops itself (SIGSTOP) in the middle of a transaction that has locked the run. */
const { address, run } = z.object({ address: z.string(), run: RunId }).parse(JSON.parse(process.argv[2] ?? "{}"));

const journal = await openJournal(storeAt(address));
const admit = () => {
  process.stdout.write(`${JSON.stringify({ kind: "stopping" })}\n`);
  process.kill(process.pid, "SIGSTOP");
  return { run, events: [] };
};
await journal.receive({ id: "stopped", body: "stopped" }, subject(), { at: iso(START), admit });
await journal.close();
