import { setTimeout as sleep } from "node:timers/promises";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evolve } from "../../../src/core/evolve.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { Settings } from "../../../src/core/settings/settings.ts";
import { createPurse } from "../../../src/run/talk/purse.ts";
import * as facts from "../../support/facts.ts";
import { answered, asked, conversationStarted, spentIn } from "../../support/money-facts.ts";

const CEILING = 1_000_000;
const settings = Settings.parse({ budget: { run_usd: 1 } });
const NAMES = Array.from({ length: 8 }, (_, n) => `explore.${n + 1}`);
const clock = { now: () => Date.now(), sleep: (ms: number) => sleep(Math.min(ms, 1)) };
const never = new AbortController().signal;

/** A run with conversations that ask side by side; facts become durable a little later, as in a journal. */
function table() {
  let state = facts.stateOf([
    ...facts.toPrepared(settings),
    ...NAMES.map((name) => conversationStarted(name, "explorer")),
  ]);
  let most = 0;
  const append = async (event: RunEvent): Promise<void> => {
    await sleep(Math.random());
    state = evolve(state, { at: new Date(0).toISOString(), event });
    const open = Object.values(state.openCalls).reduce((sum, call) => sum + call.reservedMicroUsd, 0);
    most = Math.max(most, state.costMicroUsd + open);
  };
  return { append, state: () => state, most: () => most, purse: createPurse(() => state, clock) };
}

describe("conversations of one run that ask side by side", () => {
  test("never have more out than the ceiling, whatever they ask for, and none is refused for another's reservation", async () => {
    const call = fc.record({ needed: fc.integer({ min: 1, max: CEILING }), share: fc.integer({ min: 0, max: 100 }) });
    const plan = fc.array(fc.array(call, { maxLength: 4 }), { minLength: 2, maxLength: NAMES.length });
    await fc.assert(
      fc.asyncProperty(plan, async (wishes) => {
        const { append, state, most, purse } = table();
        const talk = async (conversation: string, calls: readonly { needed: number; share: number }[]) => {
          for (const { needed, share } of calls) {
            const before = state().costMicroUsd;
            const release = await purse.hold({ conversation, neededMicroUsd: needed }, never).catch(() => null);
            if (release === null) {
              expect(state().costMicroUsd + needed, "refused by what is settled alone").toBeGreaterThan(CEILING);
              expect(state().costMicroUsd).toBeGreaterThanOrEqual(before);
              return;
            }
            await append(asked(conversation, needed));
            release();
            await sleep(Math.random());
            await append(answered(conversation, Math.floor((needed * share) / 100)));
          }
        };
        await Promise.all(wishes.map((calls, n) => talk(NAMES[n] ?? "", calls)));
        expect(most()).toBeLessThanOrEqual(CEILING);
      }),
      { numRuns: 60 },
    );
  });

  test("two that have not been written down yet do not share the same money", async () => {
    const { append, purse } = table();
    const wish = (conversation: string) => ({ conversation, neededMicroUsd: 600_000 });
    const first = await purse.hold(wish("explore.1"), never);
    let second: unknown = "waits";
    const held = purse.hold(wish("explore.2"), never).then((release) => (second = release));
    await sleep(20);
    expect(second).toBe("waits");
    await append(asked("explore.1", 600_000));
    first?.();
    await sleep(20);
    expect(second).toBe("waits");
    await append(answered("explore.1", 100_000));
    await held;
    expect(second).toBeTypeOf("function");
  });

  test("one that is alone is refused at once, with what it needed", async () => {
    const { append, purse } = table();
    for (const event of spentIn("explore.1", 900_000)) await append(event);
    const refused = purse.hold({ conversation: "explore.2", neededMicroUsd: 200_000 }, never);
    await expect(refused).rejects.toMatchObject({
      code: "budget_exhausted",
      details: { limit: "run", conversation: "explore.2", neededMicroUsd: 200_000, spent: "$0.90", scope: "this run" },
    });
  });

  test("a share of its own is not waited for", async () => {
    const { append, purse } = table();
    await append(asked("explore.1", 100_000));
    const refused = purse.hold({ conversation: "explore.2", neededMicroUsd: 200_000, most: 100_000 }, never);
    await expect(refused).rejects.toMatchObject({ details: { limit: "conversation" } });
  });

  test("who is stopped while waiting gets nothing and leaves nothing held", async () => {
    const { append, purse } = table();
    await append(asked("explore.1", 900_000));
    const stop = new AbortController();
    const waiting = purse.hold({ conversation: "explore.2", neededMicroUsd: 200_000 }, stop.signal);
    stop.abort();
    expect(await waiting).toBeNull();
    await append(answered("explore.1", 0));
    expect(await purse.hold({ conversation: "explore.3", neededMicroUsd: CEILING }, never)).toBeTypeOf("function");
  });
});
