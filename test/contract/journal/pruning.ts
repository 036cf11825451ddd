import { expect, it } from "vitest";
import type { RunId } from "../../../src/core/ids.ts";
import type { Journal, RunSummary } from "../../../src/ports/journal.ts";
import { add, claimed, found, iso, newRun, requested, START, subject, working } from "./kit.ts";

const DAY_MS = 86_400_000;
const OVER: RunSummary = { status: "finished", live: false, dueAt: null, costMicroUsd: 500 };

/** What is forgotten, and what is not. */
export function pruneRules(journal: () => Journal): void {
  const ended = async (issue: number, at: number, summary = OVER): Promise<RunId> => {
    const run = await found(journal(), subject(issue), newRun(START + issue));
    const claim = await claimed(journal(), run, at);
    await add(journal(), claim, 1, { at, summary });
    await journal().release(claim, 2);
    return run;
  };

  it("runs that ended before the time are removed whole, the oldest first and no more than asked", async () => {
    const runs = [await ended(1, START + 1), await ended(2, START + 2), await ended(3, START + 3)];
    const before = iso(START + DAY_MS);
    expect(await journal().prune(before, 2)).toEqual(runs.slice(0, 2));
    expect((await journal().runs({ limit: 10 })).map(({ run }) => run)).toEqual(runs.slice(2));
    expect(await journal().load(runs[0] as RunId)).toEqual([]);
    expect(await journal().claim(runs[0] as RunId, { holder: "w", leaseMs: 1, now: START + DAY_MS })).toBeNull();
    expect(await journal().prune(before, 2)).toEqual(runs.slice(2));
    expect(await journal().prune(before, 2)).toEqual([]);
  });

  it("a run that lives, that is due or that was written later stays", async () => {
    const live = await ended(1, START, { ...working, dueAt: null });
    const due = await ended(2, START, { ...OVER, dueAt: iso(START) });
    const late = await ended(3, START + DAY_MS);
    expect(await journal().prune(iso(START + DAY_MS), 10)).toEqual([]);
    expect((await journal().runs({ limit: 10 })).map(({ run }) => run)).toEqual([late, due, live]);
    expect(await journal().load(late)).toHaveLength(2);
  });

  it("what was spent on the day stays when its runs are gone", async () => {
    const run = await found(journal());
    const claim = await claimed(journal(), run);
    const tenant = { scope: "tenant", id: "t" } as const;
    const day = "2026-11-20";
    const reserve = { kind: "reserve", day, key: "k", amount: 70, accounts: [{ ...tenant, cap: 100 }] } as const;
    await add(journal(), claim, 1, { ledger: reserve });
    await add(journal(), claim, 2, { ledger: { kind: "settle", key: "k", amount: 40 }, summary: OVER });
    expect(await journal().prune(iso(START + 60 * DAY_MS), 10)).toEqual([run]);
    expect(await journal().spent(tenant, day)).toBe(40);
  });

  it("appends, deliveries and a prune at the same time leave every run whole or gone", async () => {
    const old = await Promise.all([1, 2, 3, 4, 5].map((issue) => ended(issue, START)));
    const busy = await found(journal(), subject(9), newRun(START + 9));
    const claim = await claimed(journal(), busy, START + 2 * DAY_MS);
    const append = async () => {
      for (let next = 1; next <= 20; next++) await add(journal(), claim, next, { at: START + 2 * DAY_MS });
    };
    const deliver = async () => {
      for (const issue of [1, 2, 3, 4, 5]) {
        const keys = { id: `again ${issue}`, body: `again ${issue}` };
        const admit = () => ({ run: newRun(START + 2 * DAY_MS + issue), events: [requested(subject(issue))] });
        await journal().receive(keys, subject(issue), { at: iso(START + 2 * DAY_MS), admit });
      }
    };
    const pruning = Array.from({ length: 5 }, () => journal().prune(iso(START + DAY_MS), 1));
    const [, , ...pruned] = await Promise.all([append(), deliver(), ...pruning]);
    expect(pruned.flat().toSorted()).toEqual(old.toSorted());
    const rows = await journal().runs({ limit: 20 });
    expect(rows).toHaveLength(6);
    for (const { run, facts } of rows) expect(await journal().load(run)).toHaveLength(facts);
  });
}
