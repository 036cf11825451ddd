import { type Lack, lackOf, type Reserved, reservedIn, type Wish } from "../../core/money/ceiling.ts";
import { JourneymanError } from "../../core/errors.ts";
import { type MicroUsd, usd } from "../../core/money/money.ts";
import type { RunState } from "../../core/state.ts";
import type { Clock } from "../../ports/clock.ts";

/*
 * The money of a run, shared by conversations that ask side by side in one stage.
 * Owns: which of them may ask now. Does not own: the ceilings (core/money/ceiling.ts), nor the last word: the run log looks again at the very
 * state that the request is appended to.
 * Invariants: (1) what is held here and what is reserved in the facts never pass a ceiling together; (2) a conversation that lacks room only
 * while others wait for their answers waits for them: most cost far less than was set aside; (3) what is held is let go of when the request
 * stands in the facts or was given up, so nothing here has to outlive a crash.
 */

export interface Purse {
  /**
   * Waits for room for a call and holds it until the returned function is called. Null when the signal fired.
   * Throws `budget_exhausted` when there is none although no other call is under way.
   */
  hold(wish: Wish, signal: AbortSignal): Promise<(() => void) | null>;
}

const LOOK_MS = 100;
/** Longer than any call may last, in milliseconds: what is reserved still then is not waited for. */
const PATIENCE_MS = 20 * 60_000;

const SCOPES: Readonly<Record<string, string>> = { run: "this run", conversation: "this subagent" };

/**
 * What a run is parked with when a call lacks room. `limit` is the scope as `Lack` names it; with it and the call, a `/budget` can be
 * measured. A subagent that lacks only a share of its own (`conversation`) need not stop the run: who started it decides.
 */
export const budgetExhausted = ({ scope, ceiling, spent, needed }: Lack, conversation: string): JourneymanError =>
  new JourneymanError("budget_exhausted", {
    scope: SCOPES[scope] ?? `role ${scope}`,
    ceiling: usd(ceiling),
    spent: usd(spent),
    needed: usd(needed),
    limit: scope,
    conversation,
    neededMicroUsd: needed,
  });

export function createPurse(state: () => RunState, clock: Pick<Clock, "now" | "sleep">): Purse {
  const held = new Map<string, MicroUsd>();

  /** Reserved in the facts or held here; by conversation, so that no call counts twice. */
  const reserved = (): Reserved => new Map([...held, ...reservedIn(state())]);

  const isAlone = (all: Reserved, { conversation }: Wish): boolean =>
    [...all.keys()].every((other) => other === conversation);

  return {
    async hold(wish, signal) {
      const deadline = clock.now() + PATIENCE_MS;
      for (;;) {
        if (signal.aborted) return null;
        const all = reserved();
        const lack = lackOf(state(), { ...wish, reserved: all });
        if (lack === null) break;
        const isOwn = lack.scope === "conversation";
        if (isOwn || isAlone(all, wish) || clock.now() > deadline) throw budgetExhausted(lack, wish.conversation);
        await clock.sleep(LOOK_MS, signal);
      }
      held.set(wish.conversation, wish.neededMicroUsd);
      return () => void held.delete(wish.conversation);
    },
  };
}
