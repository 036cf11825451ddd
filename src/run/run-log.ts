import { evolve, fold } from "../core/evolve.ts";
import { JourneymanError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import { usd } from "../core/money.ts";
import type { RunState } from "../core/state.ts";
import type { Claim } from "../ports/journal.ts";
import { ledgerEntry } from "./daily-cap.ts";
import { summarise } from "./summary.ts";
import type { World } from "./world.ts";

/*
 * A run's facts and their fold, in one worker, under one claim.
 * Owns: the order of appends (one at a time, each durable before the next begins), redaction before writing, the ledger entry of
 * a fact. The journal owns: fencing. Invariants: (1) `state()` is the fold of exactly what is in the journal up to `next()`;
 * (2) a fact that met a conflict is written after the facts that came in between, or not at all when those ended the run.
 */

export interface RunLog {
  readonly claim: Claim;
  state(): RunState;
  next(): number;
  /**
   * Durable when it resolves. Throws `lease_lost` when fenced, `budget_exhausted` when the tenant's day is used up.
   * With `ifUnchanged` nothing is written when others wrote in between: false, and the caller decides again.
   */
  append(events: readonly RunEvent[], how?: { readonly ifUnchanged: boolean }): Promise<boolean>;
  /** Folds in what others wrote; true when there was something. */
  sync(): Promise<boolean>;
}

/** Facts that mean nothing once a run is over. */
const TOO_LATE: ReadonlySet<RunEvent["type"]> = new Set([
  "run.parked",
  "stage.failed",
  "stage.finished",
  "run.finished",
]);

export async function openRunLog(world: World, claim: Claim): Promise<RunLog> {
  let state = fold(claim.run, await world.journal.load(claim.run));
  let tail: Promise<unknown> = Promise.resolve();

  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const result = tail.then(work, work);
    tail = result.catch(() => {});
    return result;
  };

  const catchUp = async (): Promise<boolean> => {
    const facts = await world.journal.load(claim.run, state.facts);
    state = facts.reduce(evolve, state);
    return facts.length > 0;
  };

  const write = async (wanted: readonly RunEvent[], ifUnchanged: boolean): Promise<boolean> => {
    const events = state.outcome === null ? wanted : wanted.filter((event) => !TOO_LATE.has(event.type));
    if (events.length === 0) return true;
    const at = new Date(world.clock.now()).toISOString();
    const after = events.reduce((before, event) => evolve(before, { at, event }), state);
    const ledger = ledgerEntry(state, events, { at, capMicroUsd: world.dayCapMicroUsd });
    const summary = summarise(after, at, world.view);
    const result = await world.journal.append(claim, {
      next: state.facts,
      events,
      at,
      summary,
      ...(ledger && { ledger }),
    });
    switch (result.kind) {
      case "appended":
        state = after;
        return true;
      case "fenced":
        throw new JourneymanError("lease_lost");
      case "over_cap":
        throw new JourneymanError("budget_exhausted", {
          spent: usd(result.spent),
          needed: usd(ledger?.amount ?? 0),
          ceiling: usd(ledger?.kind === "reserve" ? ledger.cap : 0),
          scope: "this installation, today",
        });
      case "conflict":
        await catchUp();
        return ifUnchanged ? false : write(wanted, false);
    }
  };

  return {
    claim,
    state: () => state,
    next: () => state.facts,
    append: (events, how) => inOrder(() => write(events.map(world.redact), how?.ifUnchanged ?? false)),
    sync: () => inOrder(catchUp),
  };
}

/** Throws `lease_lost` unless this worker still owns the run: asked right before every outside effect (D4). */
export async function assertLease(world: World, log: Pick<RunLog, "claim">): Promise<void> {
  const lease = { holder: world.worker, leaseMs: world.timings.leaseMs, now: world.clock.now() };
  if (!(await world.journal.renew(log.claim, lease))) throw new JourneymanError("lease_lost");
}
