import { expect, it } from "vitest";
import type { CappedAccount, Journal, LedgerEntry } from "../../../src/ports/journal.ts";
import { type JournalPlace, spender } from "./kit.ts";
import { startProgram } from "./processes.ts";

const DAY = "2026-11-20";
const TENANT = { scope: "tenant", id: "t" } as const;
const repository = (id: number) => ({ scope: "repository", id: `r${id}` }) as const;

const reserve = (key: string, amount: number, accounts: readonly CappedAccount[]): LedgerEntry => ({
  kind: "reserve",
  day: DAY,
  key,
  amount,
  accounts,
});

/** Caps of tenant and repository at once. */
export function capRules(place: () => JournalPlace, journal: () => Journal): void {
  const spent = (account: typeof TENANT | ReturnType<typeof repository>) => journal().spent(account, DAY);

  it("two hundred reservations at once under caps of tenant and repositories: none is passed by a micro-dollar", async () => {
    const amount = 7_001;
    const cap = 600_000;
    const own = 200_000;
    const accounts = (id: number): CappedAccount[] => [
      { ...TENANT, cap },
      { ...repository(id), cap: own },
    ];
    const spenders = await Promise.all(Array.from({ length: 20 }, (_, n) => spender(journal(), n + 1)));
    const asked = spenders.flatMap(({ enter }, n) => [
      (async () => {
        const kinds: string[] = [];
        for (let call = 0; call < 10; call++)
          kinds.push((await enter(reserve(`${n}.${call}`, amount, accounts(n % 4)))).kind);
        return kinds;
      })(),
    ]);
    const granted = (await Promise.all(asked)).flat().filter((kind) => kind === "appended").length;
    const totals = await Promise.all([0, 1, 2, 3].map((id) => spent(repository(id))));
    expect(await spent(TENANT)).toBe(granted * amount);
    expect(totals.reduce((sum, total) => sum + total, 0)).toBe(granted * amount);
    expect(await spent(TENANT)).toBeLessThanOrEqual(cap);
    for (const total of totals) expect(total).toBeLessThanOrEqual(own);
    // Whatever still fits everywhere is granted: so nothing was refused for nothing.
    const { enter } = await spender(journal(), 99);
    for (const [id, total] of totals.entries()) {
      const fits = total + amount <= own && (await spent(TENANT)) + amount <= cap;
      expect((await enter(reserve(`last ${id}`, amount, accounts(id)))).kind).toBe(fits ? "appended" : "over_cap");
    }
  });

  it("two hundred reservations by four processes never pass a cap, and all that fits is granted", async () => {
    const amount = 1_000;
    const accounts = [
      { ...TENANT, cap: 60_000 },
      { ...repository(1), cap: 55_500 },
    ];
    const work = { address: place().address, day: DAY, calls: 10, amount, accounts };
    const children = [0, 1, 2, 3].map((n) =>
      startProgram("spending-child.ts", { ...work, issues: [1, 2, 3, 4, 5].map((issue) => 10 * n + issue) }),
    );
    await Promise.all(children.map((child) => child.ended()));
    const kinds = children.flatMap(({ said }) => said.map(({ kind }) => kind));
    expect(kinds).toHaveLength(200);
    const total = await spent(repository(1));
    expect(total).toBe(await spent(TENANT));
    expect(total).toBeLessThanOrEqual(55_500);
    expect(total + amount).toBeGreaterThan(55_500);
    expect(new Set(kinds)).toEqual(new Set(["appended", "over_cap"]));
  });

  it("the refusal names the account, and neither is charged", async () => {
    const { enter } = await spender(journal(), 1);
    const accounts = [
      { ...TENANT, cap: 100 },
      { ...repository(1), cap: 50 },
    ];
    await enter(reserve("a", 40, accounts));
    await enter({ kind: "settle", key: "a", amount: 30 });
    await enter(reserve("b", 15, accounts));
    const refused = { kind: "over_cap", scope: "repository", cap: 50, spent: 45, reserved: 15 };
    expect(await enter(reserve("c", 6, accounts))).toEqual(refused);
    expect([await spent(TENANT), await spent(repository(1))]).toEqual([45, 45]);
    const elsewhere = [accounts[0] as CappedAccount, { ...repository(2), cap: 50 }];
    expect(await enter(reserve("d", 50, elsewhere))).toMatchObject({ kind: "appended" });
    expect(await enter(reserve("e", 6, elsewhere))).toMatchObject({ scope: "tenant", cap: 100, spent: 95 });
    expect([await spent(TENANT), await spent(repository(1)), await spent(repository(2))]).toEqual([95, 45, 50]);
  });

  it("an account without a cap is counted and refuses nothing", async () => {
    const { enter } = await spender(journal(), 1);
    const accounts = [
      { ...TENANT, cap: 100 },
      { ...repository(1), cap: null },
    ];
    await enter(reserve("a", 100, accounts));
    await enter({ kind: "settle", key: "a", amount: 70 });
    expect([await spent(TENANT), await spent(repository(1))]).toEqual([70, 70]);
  });

  it("a call that asks anew in another repository leaves the first one's account", async () => {
    const { enter } = await spender(journal(), 1);
    const accounts = (id: number) => [
      { ...TENANT, cap: 100 },
      { ...repository(id), cap: 100 },
    ];
    await enter(reserve("a", 90, accounts(1)));
    expect(await enter(reserve("a", 95, accounts(2)))).toMatchObject({ kind: "appended" });
    expect([await spent(TENANT), await spent(repository(1)), await spent(repository(2))]).toEqual([95, 0, 95]);
  });
}
