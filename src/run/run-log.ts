import { evolve, fold } from "../core/evolve.ts";
import { JourneymanError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import type { RunState } from "../core/state.ts";
import type { Claim, LedgerEntry } from "../ports/journal.ts";
import { assertRoom, ledgerEntries, overCap } from "./daily-cap.ts";
import { openDoubts } from "./doubt.ts";
import { summarise } from "./summary.ts";
import type { World } from "./world.ts";

/*
 * A run's facts and their fold, in one worker, under one claim.
 * Owns: the order of appends (one at a time, each durable before the next begins), redaction before writing, the ledger entries
 * of facts. The journal owns: fencing. Invariants: (1) `state()` is the fold of exactly what is in the journal up to `next()`, and of the
 * facts held back after it, which the next append writes with its own, at the time of the first of them; (2) a fact that met a conflict
 * is written after the facts that came in between, or not at all when those ended the run; (3) facts of an append that failed half-way are
 * looked for among those that came in between, and what was held back and stands there already is not written again.
 */

/** What has to hold for facts to be written. */
export interface Condition {
  /** Nobody else wrote in between. */
  readonly ifUnchanged?: boolean;
  /** The facts come directly after these: neither others nor this worker wrote or held back any since. */
  readonly ifFacts?: number;
}

export interface RunLog {
  readonly claim: Claim;
  state(): RunState;
  /** Place of the next fact in the journal. */
  next(): number;
  /** Folds a fact in and holds it back: only for facts after which nothing is done that could not be done again without them. */
  hold(event: RunEvent): Promise<void>;
  /** Writes what is held back. Throws as `append`. */
  flush(): Promise<void>;
  /**
   * Durable when it resolves. Throws `lease_lost` when fenced, `budget_exhausted`, `day_budget_exhausted` and `day_budget_reserved`
   * when a request has no room.
   * With a condition that does not hold nothing is written: false, and the caller decides again.
   */
  append(events: readonly RunEvent[], only?: Condition): Promise<boolean>;
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

/** Facts that are folded but not written, and the state with them. */
interface Held {
  readonly at: string;
  readonly events: readonly RunEvent[];
  readonly after: RunState;
}

/** What gives money back: reserved was the worst case. */
const settles = ({ type }: RunEvent): boolean => type === "model.responded" || type === "model.failed";

const reservedIn = (ledger: readonly LedgerEntry[]): number =>
  ledger.reduce((sum, entry) => (entry.kind === "reserve" ? sum + entry.amount : sum), 0);

const foldAll = (state: RunState, events: readonly RunEvent[], at: string): RunState =>
  events.reduce((before, event) => evolve(before, { at, event }), state);

const pass = ({ failpoint }: World, moment: string, events: readonly RunEvent[]): void => {
  for (const { type } of events) failpoint(`${moment}:${type}`);
};

/** What is still held back behind `written`, without the first `done` facts. */
function refolded(held: Held | null, written: RunState, done: number): Held | null {
  const events = held?.events.slice(done) ?? [];
  return held === null || events.length === 0
    ? null
    : { at: held.at, events, after: foldAll(written, events, held.at) };
}

export async function openRunLog(world: World, claim: Claim): Promise<RunLog> {
  let written = fold(claim.run, await world.journal.load(claim.run));
  let held: Held | null = null;
  const doubts = openDoubts(claim.epoch);
  let tail: Promise<unknown> = Promise.resolve();

  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const result = tail.then(work, work);
    tail = result.catch(() => {});
    return result;
  };

  const state = (): RunState => held?.after ?? written;
  const now = (): string => new Date(world.clock.now()).toISOString();

  const hold = (event: RunEvent): void => {
    const at = held?.at ?? now();
    held = { at, events: [...(held?.events ?? []), event], after: evolve(state(), { at, event }) };
    pass(world, "held", [event]);
  };

  const catchUp = async (): Promise<boolean> => {
    const facts = await world.journal.load(claim.run, written.facts);
    if (facts.length === 0) return false;
    written = facts.reduce(evolve, written);
    held = refolded(held, written, doubts.settle(facts));
    return true;
  };

  const write = async (wanted: readonly RunEvent[], only: Condition): Promise<boolean> => {
    if (only.ifFacts !== undefined && state().facts !== only.ifFacts) return false;
    const given = state().outcome === null ? wanted : wanted.filter((event) => !TOO_LATE.has(event.type));
    const events = [...(held?.events ?? []), ...given];
    if (events.length === 0) return true;
    const at = held?.at ?? now();
    const after = foldAll(state(), given, at);
    assertRoom(state(), given);
    const ledger = ledgerEntries(written, events, { at, capMicroUsd: world.dayCapMicroUsd });
    pass(world, "append.before", events);
    const entry = { next: written.facts, events, at, summary: summarise(after, at, world.view), ledger };
    const result = await world.journal.append(claim, entry).catch(doubts.keep(entry, held?.events.length ?? 0));
    if (result.kind === "appended") pass(world, "append.after", events);
    switch (result.kind) {
      case "appended":
        written = after;
        held = null;
        doubts.settle([]);
        return true;
      case "fenced":
        throw new JourneymanError("lease_lost");
      case "over_cap":
        if (held?.events.some(settles) !== true) throw overCap(result, reservedIn(ledger), at);
        await write([], {});
        return write(wanted, only);
      case "conflict":
        await catchUp();
        return only.ifUnchanged === true ? false : write(wanted, only);
    }
  };

  return {
    claim,
    state,
    next: () => written.facts,
    hold: (event) => inOrder(async () => hold(world.redact(event))),
    flush: () => inOrder(async () => void (await write([], {}))),
    append: (events, only = {}) => inOrder(() => write(events.map(world.redact), only)),
    sync: () => inOrder(catchUp),
  };
}

/** Throws `lease_lost` unless this worker still owns the run: asked right before every outside effect (D4). */
export async function assertLease(world: World, log: Pick<RunLog, "claim">): Promise<void> {
  const lease = { holder: world.worker, leaseMs: world.timings.leaseMs, now: world.clock.now() };
  if (!(await world.journal.renew(log.claim, lease))) throw new JourneymanError("lease_lost");
}
