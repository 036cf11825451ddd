import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { RunId } from "../../../src/core/ids.ts";
import type { Account, Journal, LedgerEntry } from "../../../src/ports/journal.ts";
import { add, claimed, found, spender, START } from "./kit.ts";

const DAY = "2026-11-20";

const tenant = (id = "t"): Account => ({ scope: "tenant", id });

const reserve = (key: string, amount: number, cap: number, id = "t"): LedgerEntry => ({
  kind: "reserve",
  day: DAY,
  key,
  amount,
  accounts: [{ ...tenant(id), cap }],
});

const full = (spent: number, cap: number, reserved: number) => ({
  kind: "over_cap",
  scope: "tenant",
  cap,
  spent,
  reserved,
});

/** Money. */
export function ledgerRules(journal: () => Journal): void {
  it("two hundred reservations at once never pass the cap by a micro-dollar", async () => {
    const amount = 7_001;
    const cap = 700_000;
    const spenders = await Promise.all(Array.from({ length: 20 }, (_, n) => spender(journal(), n + 1)));
    const answers = await Promise.all(
      spenders.map(async ({ enter }, n) => {
        const kinds: string[] = [];
        for (let call = 0; call < 10; call++) kinds.push((await enter(reserve(`${n}.${call}`, amount, cap))).kind);
        return kinds;
      }),
    );
    const granted = answers.flat().filter((kind) => kind === "appended").length;
    // As many as fit, and not one more.
    expect(granted).toBe(Math.floor(cap / amount));
    expect(answers.flat().filter((kind) => kind === "over_cap")).toHaveLength(200 - granted);
    expect(await journal().spent(tenant(), DAY)).toBe(granted * amount);
    const heads = await Promise.all(spenders.map(({ run }: { run: RunId }) => journal().head(run)));
    expect(heads.reduce((sum, head) => sum + head - 1, 0)).toBe(granted);
  });

  it("a reservation over the cap says what is spent, and its facts are not written", async () => {
    const { run, enter } = await spender(journal(), 1);
    expect(await enter(reserve("a", 60, 100))).toMatchObject({ kind: "appended" });
    expect(await enter(reserve("b", 41, 100))).toEqual(full(60, 100, 60));
    expect(await journal().head(run)).toBe(2);
    expect(await enter(reserve("b", 40, 100))).toMatchObject({ kind: "appended" });
    expect(await journal().spent(tenant(), DAY)).toBe(100);
  });

  it("a refused append leaves the ledger as it was", async () => {
    const run = await found(journal());
    const claim = await claimed(journal(), run);
    expect(await add(journal(), claim, 5, { ledger: reserve("a", 10, 100) })).toMatchObject({ kind: "conflict" });
    await claimed(journal(), run, START + 60_000);
    expect(await add(journal(), claim, 1, { ledger: reserve("a", 10, 100) })).toEqual({ kind: "fenced" });
    expect(await journal().spent(tenant(), DAY)).toBe(0);
  });

  it("settling puts the true amount in the reservation's place, once, also when it is higher", async () => {
    const { enter } = await spender(journal(), 1);
    await enter(reserve("a", 50, 100));
    await enter({ kind: "settle", key: "a", amount: 30 });
    await enter({ kind: "settle", key: "a", amount: 99 });
    expect(await journal().spent(tenant(), DAY)).toBe(30);
    await enter(reserve("b", 70, 100));
    expect(await enter({ kind: "settle", key: "b", amount: 90 })).toMatchObject({ kind: "appended" });
    expect(await journal().spent(tenant(), DAY)).toBe(120);
    expect(await enter(reserve("c", 1, 100))).toEqual(full(120, 100, 0));
  });

  it("what is settled and what is reserved with the same facts are entered together or not at all", async () => {
    const { run, enter } = await spender(journal(), 1);
    await enter(reserve("a", 50, 100));
    const both = (amount: number): LedgerEntry[] => [
      { kind: "settle", key: "a", amount: 30 },
      reserve("b", amount, 100),
    ];
    expect(await enter(both(51))).toEqual(full(50, 100, 50));
    expect([await journal().spent(tenant(), DAY), await journal().head(run)]).toEqual([50, 2]);
    expect(await enter(both(50))).toMatchObject({ kind: "appended" });
    expect(await journal().spent(tenant(), DAY)).toBe(80);
  });

  it("a key reserved again while open replaces its amount; after settling it counts anew", async () => {
    const { enter } = await spender(journal(), 1);
    await enter(reserve("a", 80, 100));
    expect(await enter(reserve("a", 90, 100))).toMatchObject({ kind: "appended" });
    expect(await journal().spent(tenant(), DAY)).toBe(90);
    await enter({ kind: "settle", key: "a", amount: 20 });
    await enter(reserve("a", 5, 100));
    expect(await journal().spent(tenant(), DAY)).toBe(25);
    await enter({ kind: "settle", key: "a", amount: 0 });
    expect(await journal().spent(tenant(), DAY)).toBe(20);
  });

  it("nothing can be settled that was not reserved", async () => {
    const { run, enter } = await spender(journal(), 1);
    await expect(enter({ kind: "settle", key: "none", amount: 1 })).rejects.toMatchObject({ code: "internal" });
    expect(await journal().head(run)).toBe(1);
  });

  it("tenants and days do not share a cap", async () => {
    const { enter } = await spender(journal(), 1);
    await enter(reserve("a", 100, 100));
    expect(await enter(reserve("b", 100, 100, "u"))).toMatchObject({ kind: "appended" });
    expect(await enter({ ...reserve("c", 100, 100), day: "2026-11-21" } as LedgerEntry)).toMatchObject({
      kind: "appended",
    });
    expect(await journal().spent(tenant(), DAY)).toBe(100);
  });

  it("whatever is reserved and settled in whatever order, the day's total is its sum", async () => {
    const { enter } = await spender(journal(), 1);
    const step = fc.record({ key: fc.integer({ min: 0, max: 4 }), amount: fc.nat(50), settle: fc.boolean() });
    let trial = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const id = `tenant ${trial++}`;
        const open = new Map<number, number>();
        let settled = 0;
        for (const { key, amount, settle } of steps) {
          const name = `${id} ${key}`;
          const held = open.get(key);
          if (settle && held !== undefined) {
            await enter({ kind: "settle", key: name, amount });
            open.delete(key);
            settled += amount;
          } else if (!settle) {
            const others = [...open].filter(([other]) => other !== key).reduce((sum, [, more]) => sum + more, 0);
            const fits = settled + others + amount <= 100;
            const answer = await enter(reserve(name, amount, 100, id));
            expect(answer.kind).toBe(fits ? "appended" : "over_cap");
            if (fits) open.set(key, amount);
          }
        }
        const sum = [...open.values()].reduce((total, amount) => total + amount, settled);
        expect(await journal().spent(tenant(id), DAY)).toBe(sum);
      }),
      { numRuns: 30 },
    );
  });
}
