import { expect, it } from "vitest";
import type { RunId } from "../../../src/core/ids.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import type { ForkEntry, Journal } from "../../../src/ports/journal.ts";
import { add, claimed, commanded, found, iso, newRun, noted, START, subject, working } from "./kit.ts";

const OVER = { status: "finished", live: false, dueAt: null, costMicroUsd: 500 };
const LATER = START + 3_600_000;

const forkedFrom = (origin: RunId, at: number): RunEvent => ({
  type: "run.forked",
  origin,
  at,
  publish: true,
  from: null,
  model: null,
  settings: null,
  prompts: {},
  budgetMicroUsd: null,
  by: { login: "mona", id: 1, type: "User", viaApp: false },
});

/** Runs that begin with facts of others. */
export function forkRules(journal: () => Journal): void {
  /** A run of six facts that is over. */
  const finished = async (): Promise<RunId> => {
    const run = await found(journal());
    const claim = await claimed(journal(), run);
    for (let next = 1; next < 5; next++) await add(journal(), claim, next, { at: START + next });
    await add(journal(), claim, 5, { summary: OVER, at: START + 5 });
    await journal().release(claim, 6);
    return run;
  };
  const entryFor = (origin: RunId, at: number, more: Partial<ForkEntry> = {}): ForkEntry => ({
    run: newRun(LATER),
    origin,
    at,
    events: [forkedFrom(origin, at)],
    time: iso(LATER),
    summary: { ...working, dueAt: iso(LATER), costMicroUsd: 120 },
    silent: false,
    takesOver: false,
    ...more,
  });

  it("a fork begins with the origin's facts at their own times, then its own, and the origin stays as it was", async () => {
    const origin = await finished();
    const before = await journal().load(origin);
    const entry = entryFor(origin, 3);
    expect(await journal().fork(entry)).toEqual({ kind: "forked", next: 5 });
    const facts = await journal().load(entry.run);
    expect(facts.slice(0, 4)).toEqual(before.slice(0, 4).map((fact) => ({ ...fact, run: entry.run, epoch: 0 })));
    expect(facts.slice(4)).toEqual([{ run: entry.run, index: 4, epoch: 0, at: iso(LATER), event: entry.events[0] }]);
    expect(await journal().load(origin)).toEqual(before);
    expect(await journal().find(entry.run)).toMatchObject({
      origin,
      silent: false,
      live: true,
      subject: subject(),
      title: "Fix the spoon",
      createdAt: iso(LATER),
      facts: 5,
      costMicroUsd: 120,
      epoch: 0,
    });
    expect((await journal().find(origin))?.origin).toBeNull();
  });

  it("a fork is due, is claimed and appended to as any run", async () => {
    const entry = entryFor(await finished(), 2);
    await journal().fork(entry);
    expect(await journal().due(LATER, 10)).toEqual([{ run: entry.run, next: 4 }]);
    const claim = await claimed(journal(), entry.run, LATER);
    expect(claim).toMatchObject({ epoch: 1, next: 4 });
    expect(await add(journal(), claim, 4, { at: LATER })).toEqual({ kind: "appended", next: 5 });
    const keys = { id: "to the fork", body: "to the fork" };
    const admit = ({ live }: { live: RunId | null }) => ({ run: live ?? newRun(), events: [commanded("x")] });
    expect(await journal().receive(keys, subject(), { at: iso(LATER), admit })).toMatchObject({ run: entry.run });
  });

  it("the same fork asked for again, also ten times at once, is made once", async () => {
    const entry = entryFor(await finished(), 3);
    const answers = await Promise.all(Array.from({ length: 10 }, () => journal().fork(entry)));
    expect(answers).toEqual(Array.from({ length: 10 }, () => ({ kind: "forked", next: 5 })));
    const claim = await claimed(journal(), entry.run, LATER);
    await add(journal(), claim, 5, { at: LATER });
    expect(await journal().fork(entry)).toEqual({ kind: "forked", next: 6 });
    expect(await journal().head(entry.run)).toBe(6);
  });

  it("of two forks at once on one issue one becomes the live run, and the other is told of it and leaves nothing", async () => {
    const origin = await finished();
    const entries = [entryFor(origin, 3), entryFor(origin, 2)];
    const answers = await Promise.all(entries.map((entry) => journal().fork(entry)));
    const made = entries.find((_, n) => answers[n]?.kind === "forked");
    expect(answers.map(({ kind }) => kind).toSorted()).toEqual(["forked", "live"]);
    expect(answers).toContainEqual({ kind: "live", run: made?.run });
    expect(await journal().runs({ limit: 10 })).toHaveLength(2);
  });

  it("a silent fork stands beside a live run, and deliveries never reach it", async () => {
    const origin = await found(journal());
    const entry = entryFor(origin, 0, { silent: true });
    expect(await journal().fork(entry)).toEqual({ kind: "forked", next: 2 });
    expect(await journal().find(entry.run)).toMatchObject({ silent: true, live: false });
    const seen: unknown[] = [];
    const admit = (known: unknown) => (seen.push(known), null);
    await journal().receive({ id: "s", body: "s" }, subject(), { at: iso(LATER), admit });
    expect(seen).toEqual([{ live: origin, latest: origin }]);
  });

  it("no worker is sent to a silent fork, however long it is due", async () => {
    const origin = await finished();
    const silent = entryFor(origin, 2, { silent: true });
    const shown = entryFor(origin, 2);
    await journal().fork(silent);
    await journal().fork(shown);
    expect(await journal().due(LATER + 3_600_000, 10)).toEqual([{ run: shown.run, next: 4 }]);
    expect(await claimed(journal(), silent.run, LATER)).toMatchObject({ epoch: 1, next: 4 });
  });

  it("a live origin keeps its issue, unless the fork is to take it over: then deliveries reach the fork", async () => {
    const origin = await found(journal());
    const kept = entryFor(origin, 0);
    expect(await journal().fork(kept)).toEqual({ kind: "live", run: origin });
    const entry = entryFor(origin, 0, { takesOver: true });
    expect(await journal().fork(entry)).toEqual({ kind: "forked", next: 2 });
    expect(await journal().fork(entry)).toEqual({ kind: "forked", next: 2 });
    expect(await journal().find(origin)).toMatchObject({ live: false, facts: 1 });
    const admit = ({ live }: { live: RunId | null }) => ({ run: live ?? newRun(), events: [commanded("x")] });
    const keys = { id: "after", body: "after" };
    expect(await journal().receive(keys, subject(), { at: iso(LATER), admit })).toMatchObject({ run: entry.run });
  });

  it("an issue that another run owns is not taken over", async () => {
    const origin = await finished();
    const owner = await found(journal());
    const entry = entryFor(origin, 2, { takesOver: true });
    expect(await journal().fork(entry)).toEqual({ kind: "live", run: owner });
    expect(await journal().find(entry.run)).toBeNull();
    expect(await journal().find(owner)).toMatchObject({ live: true });
  });

  it("a fork that takes over owns the issue from then on, and the origin gave it up in the same moment", async () => {
    const origin = await found(journal());
    expect(await journal().fork(entryFor(origin, 0))).toEqual({ kind: "live", run: origin });
    const entry = entryFor(origin, 0, { takesOver: true });
    expect(await journal().fork(entry)).toEqual({ kind: "forked", next: 2 });
    expect((await journal().runs({ live: true, limit: 10 })).map(({ run }) => run)).toEqual([entry.run]);
    expect(await journal().head(origin)).toBe(1);
  });

  it("a worker that lost the origin founds nothing, however late it asks; who holds it does", async () => {
    const origin = await finished();
    const lost = await claimed(journal(), origin, START);
    await journal().release(lost, 6);
    const held = await claimed(journal(), origin, START);
    const entry = entryFor(origin, 2);
    expect(await journal().fork({ ...entry, claim: lost })).toEqual({ kind: "fenced" });
    expect(await journal().find(entry.run)).toBeNull();
    expect(await journal().fork({ ...entry, claim: held })).toEqual({ kind: "forked", next: 4 });
    expect(await journal().fork({ ...entry, claim: lost }), "what was made is made").toMatchObject({ kind: "forked" });
  });

  it("what the origin does not have is missing, and nothing is made", async () => {
    const origin = await finished();
    const beyond = entryFor(origin, 6);
    expect(await journal().fork(beyond)).toEqual({ kind: "missing", facts: 6 });
    expect(await journal().fork(entryFor(newRun(), 0))).toEqual({ kind: "missing", facts: 0 });
    expect(await journal().find(beyond.run)).toBeNull();
    expect(await journal().fork(entryFor(origin, 5))).toEqual({ kind: "forked", next: 7 });
  });

  it("a fork of more facts than one statement copies is whole", async () => {
    const origin = await found(journal());
    const claim = await claimed(journal(), origin);
    const events = Array.from({ length: 1_201 }, (_, n) => noted(`fact ${n}`));
    await add(journal(), claim, 1, { events, summary: OVER });
    const entry = entryFor(origin, 1_200);
    expect(await journal().fork(entry)).toEqual({ kind: "forked", next: 1_202 });
    const facts = await journal().load(entry.run);
    expect(facts.map(({ index }) => index)).toEqual(Array.from({ length: 1_202 }, (_, n) => n));
    expect(facts.at(-2)?.event).toEqual(noted("fact 1199"));
  });
}
