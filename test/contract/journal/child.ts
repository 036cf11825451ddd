import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { JourneymanError } from "../../../src/core/errors.ts";
import { RunId } from "../../../src/core/ids.ts";
import { openJournal } from "../../../src/journal/journal.ts";
import { add, storeAt } from "./kit.ts";

/*
 * Another process on the same journal: claims a run at `now` and appends to it for ever, one fact after the other, going on behind facts
 * that others wrote in between, and trying again while the store is away. Prints one JSON line for the claim and for every answer; ends when it is fenced.
 */
const Arguments = z.object({ address: z.string(), run: RunId, now: z.number(), pauseMs: z.number() });

const { address, run, now, pauseMs } = Arguments.parse(JSON.parse(process.argv[2] ?? "{}"));
const say = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

function orUnavailable(error: unknown): { readonly kind: "unavailable" } {
  if (error instanceof JourneymanError && error.code === "storage_unavailable") return { kind: "unavailable" };
  throw error;
}

const journal = await openJournal(storeAt(address));
const claim = await journal.claim(run, { holder: `child ${process.pid}`, leaseMs: 60_000, now });
say({ kind: "claimed", epoch: claim?.epoch ?? null });
for (let next = claim?.next ?? 0, fenced = claim === null; !fenced;) {
  const answer = await add(journal, claim ?? { run, epoch: 0, next }, next, { at: now }).catch(orUnavailable);
  say(answer);
  fenced = answer.kind === "fenced";
  if ("next" in answer) next = answer.next;
  await sleep(pauseMs);
}
await journal.close();
