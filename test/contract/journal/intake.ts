import { expect, it } from "vitest";
import type { KnownRuns } from "../../../src/ports/journal.ts";
import type { Journal } from "../../../src/ports/journal.ts";
import { add, claimed, commanded, found, iso, newRun, noted, requested, START, subject, working } from "./kit.ts";

const deliver = (journal: Journal, key: { id: string; body: string }, issue = 7) =>
  journal.receive(key, subject(issue), {
    at: iso(START),
    admit: ({ live }) =>
      live === null
        ? { run: newRun(), events: [requested(subject(issue)), commanded(key.id)] }
        : { run: live, events: [commanded(key.id)] },
  });

/** How deliveries become runs and facts. */
export function intakeRules(journal: () => Journal): void {
  it("S21: a delivery that comes fifty times at once is taken in once", async () => {
    const receipts = await Promise.all(
      Array.from({ length: 50 }, () => deliver(journal(), { id: "same", body: "same body" })),
    );
    expect(receipts.filter((receipt) => receipt.kind === "accepted")).toHaveLength(1);
    expect(receipts.filter((receipt) => receipt.kind === "duplicate")).toHaveLength(49);
    expect(await journal().runs({ limit: 100 })).toHaveLength(1);
  });

  it("S22: a body that was seen is a duplicate under any id, and an id under any body", async () => {
    await deliver(journal(), { id: "first", body: "body" });
    const replays = await Promise.all(
      Array.from({ length: 100 }, (_, n) => deliver(journal(), { id: `fresh ${n}`, body: "body" })),
    );
    expect(new Set(replays.map((receipt) => receipt.kind))).toEqual(new Set(["duplicate"]));
    expect(await deliver(journal(), { id: "first", body: "other" })).toEqual({ kind: "duplicate" });
    // An id is never taken for a body.
    expect(await deliver(journal(), { id: "body", body: "first" })).toMatchObject({ kind: "accepted" });
  });

  it("S89: of two labels at once, the second joins the run of the first", async () => {
    const [one, two] = await Promise.all([
      deliver(journal(), { id: "a", body: "a" }),
      deliver(journal(), { id: "b", body: "b" }),
    ]);
    const runs = await journal().runs({ limit: 10 });
    expect(runs).toHaveLength(1);
    const run = runs[0]?.run;
    expect([one, two]).toEqual([
      { kind: "accepted", run, index: 0 },
      { kind: "accepted", run, index: 2 },
    ]);
  });

  it("a second live run on an issue is refused, and leaves nothing", async () => {
    const run = await found(journal());
    const second = newRun(START + 1);
    const keys = { id: "second", body: "second" };
    const entry = { at: iso(START), admit: () => ({ run: second, events: [requested()] }) };
    await expect(journal().receive(keys, subject(), entry)).rejects.toMatchObject({ code: "internal" });
    expect((await journal().runs({ limit: 10 })).map((row) => row.run)).toEqual([run]);
    // The delivery was not remembered either: it can come again.
    expect(await deliver(journal(), keys)).toMatchObject({ kind: "accepted", run });
  });

  it("an ignored delivery is remembered", async () => {
    const keys = { id: "dull", body: "dull" };
    const ignore = { at: iso(START), admit: () => null };
    expect(await journal().receive(keys, subject(), ignore)).toEqual({ kind: "ignored" });
    expect(await journal().receive(keys, subject(), ignore)).toEqual({ kind: "duplicate" });
  });

  it("an admission that throws leaves nothing", async () => {
    const keys = { id: "bad", body: "bad" };
    const failing = { at: iso(START), admit: () => JSON.parse("{") as null };
    await expect(journal().receive(keys, subject(), failing)).rejects.toMatchObject({ code: "internal" });
    expect(await deliver(journal(), keys)).toMatchObject({ kind: "accepted" });
  });

  it("a delivery sees the issue's live and latest runs, and no other issue's", async () => {
    const older = await found(journal(), subject(7), newRun(START));
    const claim = await claimed(journal(), older);
    await add(journal(), claim, 1, { summary: { ...working, live: false } });
    const newer = await found(journal(), subject(7), newRun(START + 1000));
    await found(journal(), subject(8), newRun(START + 2000));
    const seen: KnownRuns[] = [];
    const look = (id: string, issue: number) =>
      journal().receive({ id, body: id }, subject(issue), {
        at: iso(START),
        admit: (known) => (seen.push(known), null),
      });
    await look("seven", 7);
    await look("nine", 9);
    await look("elsewhere", 10);
    expect(seen).toEqual([
      { live: newer, latest: newer },
      { live: null, latest: null },
      { live: null, latest: null },
    ]);
  });

  it("a run whose facts do not begin with run.requested is refused", async () => {
    const entry = { at: iso(START), admit: () => ({ run: newRun(), events: [noted("?")] }) };
    const refused = journal().receive({ id: "x", body: "x" }, subject(), entry);
    await expect(refused).rejects.toMatchObject({ code: "internal" });
  });

  it("facts of a delivery carry the run's current epoch and make it due", async () => {
    const run = await found(journal());
    const claim = await claimed(journal(), run);
    await add(journal(), claim, 1, { summary: { ...working, dueAt: null } });
    expect(await journal().release(claim, 2)).toBe(true);
    expect(await journal().due(START + 1, 10)).toEqual([]);
    await deliver(journal(), { id: "later", body: "later" });
    expect((await journal().load(run)).map((fact) => fact.epoch)).toEqual([0, 1, 1]);
    expect(await journal().due(START + 1, 10)).toEqual([{ run, next: 3 }]);
  });
}
