import { expect, it } from "vitest";
import type { Journal } from "../../../src/ports/journal.ts";
import { add, claimed, commanded, found, iso, newRun, noted, START, subject, working } from "./kit.ts";

const lease = (now: number, holder = "worker") => ({ holder, leaseMs: 60_000, now });

/** Who may append, and where. */
export function leaseRules(journal: () => Journal): void {
  it("S14: of fifty claims at once exactly one is granted", async () => {
    const run = await found(journal());
    const claims = await Promise.all(
      Array.from({ length: 50 }, (_, n) => journal().claim(run, lease(START, `worker ${n}`))),
    );
    expect(claims.filter((claim) => claim !== null)).toEqual([{ run, epoch: 1, next: 1 }]);
  });

  it("S14: of fifty appends at the same index exactly one is written", async () => {
    const run = await found(journal());
    const claim = await claimed(journal(), run);
    const answers = await Promise.all(Array.from({ length: 50 }, () => add(journal(), claim, 1)));
    expect(answers.filter((answer) => answer.kind === "appended")).toEqual([{ kind: "appended", next: 2 }]);
    expect(answers.filter((answer) => answer.kind === "conflict")).toHaveLength(49);
    expect(await journal().head(run)).toBe(2);
  });

  it("D4: a worker whose epoch was taken can append, renew and release nothing", async () => {
    const run = await found(journal());
    const old = await claimed(journal(), run);
    const young = await claimed(journal(), run, START + 60_000);
    expect(young).toEqual({ run, epoch: 2, next: 1 });
    expect(await add(journal(), old, 1, { at: START + 1 })).toEqual({ kind: "fenced" });
    expect(await journal().renew(old, lease(START + 60_000))).toBe(false);
    expect(await journal().release(old, 1)).toBe(false);
    expect(await add(journal(), young, 1, { at: START + 60_000 })).toEqual({ kind: "appended", next: 2 });
  });

  it("D4: a lease that ran out appends nothing, even when nobody took it", async () => {
    const claim = await claimed(journal(), await found(journal()));
    expect(await add(journal(), claim, 1, { at: START + 60_001 })).toEqual({ kind: "fenced" });
    expect(await journal().renew(claim, lease(START + 60_001))).toBe(true);
    expect(await add(journal(), claim, 1, { at: START + 60_001 })).toEqual({ kind: "appended", next: 2 });
  });

  it("a lease that runs is not granted again, not to its own holder either", async () => {
    const run = await found(journal());
    await claimed(journal(), run);
    expect(await journal().claim(run, lease(START + 59_999))).toBeNull();
    expect(await journal().claim(run, lease(START + 60_000))).toMatchObject({ epoch: 2 });
  });

  it("a lease that was given back can be taken at once, and not be used or renewed any more", async () => {
    const run = await found(journal());
    const claim = await claimed(journal(), run);
    expect(await journal().release(claim, 1)).toBe(true);
    expect(await journal().renew(claim, lease(START))).toBe(false);
    expect(await add(journal(), claim, 1)).toEqual({ kind: "fenced" });
    expect(await journal().claim(run, lease(START))).toMatchObject({ epoch: 2 });
  });

  it("R6: a lease is not given back over a fact that came in between", async () => {
    const run = await found(journal());
    const claim = await claimed(journal(), run);
    const keys = { id: "late", body: "late" };
    const entry = { at: iso(START), admit: () => ({ run, events: [commanded("late")] }) };
    expect(await journal().receive(keys, subject(), entry)).toEqual({ kind: "accepted", run, index: 1 });
    expect(await journal().release(claim, 1)).toBe(false);
    expect(await add(journal(), claim, 1)).toEqual({ kind: "conflict", next: 2 });
    expect(await add(journal(), claim, 2)).toEqual({ kind: "appended", next: 3 });
    expect(await journal().release(claim, 3)).toBe(true);
  });

  it("an unknown run has no facts, no head, no row and no lease", async () => {
    const run = newRun();
    expect(await journal().claim(run, lease(START))).toBeNull();
    expect(await journal().load(run)).toEqual([]);
    expect(await journal().head(run)).toBe(0);
    expect(await journal().find(run)).toBeNull();
  });

  it("R6: due are the runs whose time has come and whose lease does not run, the longest due first", async () => {
    const late = await found(journal(), subject(1));
    const early = await found(journal(), subject(2));
    const waiting = await found(journal(), subject(3));
    const put = async (run: typeof late, dueAt: string | null) => {
      const claim = await claimed(journal(), run);
      await add(journal(), claim, 1, { summary: { ...working, dueAt } });
      return claim;
    };
    const held = await put(late, iso(START + 2000));
    expect(await journal().release(await put(early, iso(START + 1000)), 2)).toBe(true);
    expect(await journal().release(await put(waiting, null), 2)).toBe(true);
    expect(await journal().due(START + 999, 10)).toEqual([]);
    expect(await journal().due(START + 2000, 10)).toEqual([{ run: early, next: 2 }]);
    await journal().release(held, 2);
    expect(await journal().due(START + 2000, 10)).toEqual([
      { run: early, next: 2 },
      { run: late, next: 2 },
    ]);
    expect(await journal().due(START + 2000, 1)).toEqual([{ run: early, next: 2 }]);
  });

  it("R6: a run that is put off with its lease is not due before that time, unless a delivery arrives", async () => {
    const run = await found(journal());
    const put = async (next: number) => {
      const claim = await claimed(journal(), run);
      await add(journal(), claim, next, { summary: { ...working, dueAt: iso(START) } });
      expect(await journal().release(claim, next + 1, iso(START + 5000))).toBe(true);
    };
    await put(1);
    expect(await journal().due(START + 4999, 10)).toEqual([]);
    expect(await journal().due(START + 5000, 10)).toEqual([{ run, next: 2 }]);
    const entry = { at: iso(START + 100), admit: () => ({ run, events: [commanded("now")] }) };
    await journal().receive({ id: "now", body: "now" }, subject(), entry);
    expect(await journal().due(START + 100, 10)).toEqual([{ run, next: 3 }]);
  });

  it("facts come back as they were written, from any index on", async () => {
    const run = await found(journal());
    const claim = await claimed(journal(), run);
    const text = "\u0000 'quotes' \u2028 émoji 🥄 \\ \n";
    await add(journal(), claim, 1, { events: [noted(text), noted(""), noted("c")], at: START + 5 });
    const facts = await journal().load(run);
    expect(facts.map((fact) => fact.index)).toEqual([0, 1, 2, 3]);
    expect(facts[1]).toEqual({ run, index: 1, epoch: 1, at: iso(START + 5), event: noted(text) });
    expect(await journal().load(run, 2)).toEqual(facts.slice(2));
    expect(await journal().load(run, 4)).toEqual([]);
  });

  it("runs are listed newest first, by what their last append said", async () => {
    const older = await found(journal(), subject(1), newRun(START));
    const newer = await found(journal(), subject(2), newRun(START + 1000));
    const claim = await claimed(journal(), older);
    const summary = { status: "finished", live: false, dueAt: null, costMicroUsd: 1_250_000 };
    await add(journal(), claim, 1, { summary, at: START + 9 });
    expect((await journal().runs({ limit: 10 })).map((row) => row.run)).toEqual([newer, older]);
    expect((await journal().runs({ limit: 1 })).map((row) => row.run)).toEqual([newer]);
    expect((await journal().runs({ live: true, limit: 10 })).map((row) => row.run)).toEqual([newer]);
    expect(await journal().find(older)).toEqual({
      ...summary,
      run: older,
      subject: subject(1),
      title: "Fix the spoon",
      createdAt: iso(START),
      updatedAt: iso(START + 9),
      facts: 2,
      epoch: 1,
      leasedUntil: iso(START + 60_000),
      origin: null,
      silent: false,
    });
  });
}
