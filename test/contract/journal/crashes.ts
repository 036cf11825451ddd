import { expect, it } from "vitest";
import type { Journal } from "../../../src/ports/journal.ts";
import { add, claimed, commanded, found, iso, type JournalPlace, newRun, requested, START, subject } from "./kit.ts";
import { startChild } from "./processes.ts";

/** Several processes, some of which die. */
export function crashRules(place: () => JournalPlace, journal: () => Journal): void {
  it("I4: a worker killed in the middle of appends leaves every acknowledged fact and no gap", async () => {
    const run = await found(journal());
    for (let round = 1; round <= 3; round++) {
      const child = startChild({ address: place().address, run, now: START + round * 120_000 });
      await child.heard("appended", 25);
      await child.kill();
      const acknowledged = Math.max(...child.said.map((line) => line.next ?? 0));
      expect(acknowledged).toBeGreaterThan(25);
      // Opened anew, as after a crash of the whole host's programs.
      const reopened = await place().open();
      const facts = await reopened.load(run);
      await reopened.close();
      expect(facts.length).toBeGreaterThanOrEqual(acknowledged);
      // At most the one append that was under way when the kill came.
      expect(facts.length).toBeLessThanOrEqual(acknowledged + 1);
      expect(facts.map((fact) => fact.epoch).at(-1)).toBe(round);
    }
  });

  it("D4: of two processes under two epochs the older is fenced", async () => {
    const run = await found(journal());
    const child = startChild({ address: place().address, run, now: START });
    await child.heard("appended", 5);
    const young = await claimed(journal(), run, START + 120_000);
    expect(await add(journal(), young, young.next, { at: START + 120_000 })).toMatchObject({ kind: "appended" });
    await child.ended();
    expect(child.said.at(-1)).toEqual({ kind: "fenced" });
    const epochs = (await journal().load(run)).map((fact) => fact.epoch);
    expect(epochs).toEqual(epochs.toSorted((a, b) => a - b));
    expect(epochs.at(-1)).toBe(2);
  });

  it("a delivery taken in by one process gives the appending one a conflict, and then it goes on", async () => {
    const run = await found(journal());
    const child = startChild({ address: place().address, run, now: START });
    await child.heard("appended", 1);
    for (let n = 0; n < 20; n++) {
      const entry = { at: iso(START), admit: () => ({ run, events: [commanded(`command ${n}`)] }) };
      const receipt = await journal().receive({ id: `${n}`, body: `${n}` }, subject(), entry);
      expect(receipt.kind).toBe("accepted");
      await child.heard("conflict", n + 1);
    }
    await child.kill();
    expect(child.said.filter((line) => line.kind === "conflict")).toHaveLength(20);
    const facts = await journal().load(run);
    expect(facts.filter((fact) => fact.event.type === "command.received")).toHaveLength(20);
  });

  it("S21: one delivery taken in by several connections at once becomes one run", async () => {
    const others = await Promise.all([place().open(), place().open(), place().open()]);
    const admit = () => ({ run: newRun(), events: [requested()] });
    const receipts = await Promise.all(
      [journal(), ...others].flatMap((connection) =>
        Array.from({ length: 5 }, () =>
          connection.receive({ id: "one", body: "one" }, subject(), { at: iso(START), admit }),
        ),
      ),
    );
    expect(receipts.filter((receipt) => receipt.kind === "accepted")).toHaveLength(1);
    expect(receipts.filter((receipt) => receipt.kind === "duplicate")).toHaveLength(19);
    await Promise.all(others.map((connection) => connection.close()));
  });

  it("what was written is there after closing and opening again", async () => {
    const run = await found(journal());
    const before = await journal().load(run);
    const other = await place().open();
    expect(await other.load(run)).toEqual(before);
    expect(await other.claim(run, { holder: "other", leaseMs: 1, now: START })).toMatchObject({ epoch: 1 });
    await other.close();
  });
}
