import type { RunEvent, StoredEvent } from "../core/events.ts";
import type { Digest, RunId } from "../core/ids.ts";
import type { DeliveryKeys } from "../core/intent.ts";
import type { MicroUsd } from "../core/money/money.ts";
import type { Subject } from "../core/subject.ts";

/** The right to append to a run, until the lease ends or another claim raises the epoch. */
export interface Claim {
  readonly run: RunId;
  readonly epoch: number;
  /** Index that the next fact will get. */
  readonly next: number;
}

/** What the journal keeps beside a run's facts so that runs can be listed and found; always recomputable from the facts. */
export interface RunSummary {
  readonly status: string;
  /** A live run owns its issue: no second run may start there. */
  readonly live: boolean;
  /** ISO 8601 time from which a worker should look at the run; null when it waits for a person or is over. */
  readonly dueAt: string | null;
  readonly costMicroUsd: MicroUsd;
}

export interface RunRow extends RunSummary {
  readonly run: RunId;
  readonly subject: Subject;
  readonly title: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly facts: number;
  readonly epoch: number;
  /** ISO 8601 time at which the lease runs out, or ran out; null when it was given back. */
  readonly leasedUntil: string | null;
  /** The run whose facts this one began with. */
  readonly origin: RunId | null;
  /** A fork that shows nothing to GitHub: deliveries never reach it. */
  readonly silent: boolean;
}

/** What a delivery became. `index` is the first fact it added. */
export type Receipt =
  | { readonly kind: "accepted"; readonly run: RunId; readonly index: number }
  | { readonly kind: "duplicate" }
  | { readonly kind: "ignored" };

/** Runs of an issue at the moment a delivery is taken in. */
export interface KnownRuns {
  readonly live: RunId | null;
  readonly latest: RunId | null;
}

/** `run` may be new (its first fact is `run.requested`) or known. Facts written so carry the run's current epoch. */
export interface Admission {
  readonly run: RunId;
  readonly events: readonly RunEvent[];
}

export type Appended =
  | { readonly kind: "appended"; readonly next: number }
  /** Facts arrived in between: load from `expected`, fold, decide again. */
  | { readonly kind: "conflict"; readonly next: number }
  /** A newer epoch exists, or the lease has run out: stop at once. */
  | { readonly kind: "fenced" }
  | OverCap;

/** The reservation would pass a cap: the first of the entry's accounts that has no room for it. */
export interface OverCap {
  readonly kind: "over_cap";
  readonly scope: AccountScope;
  readonly cap: MicroUsd;
  /** Settled and reserved on that day. */
  readonly spent: MicroUsd;
  /** The part of `spent` that is only reserved: calls under way, which mostly cost less in the end. */
  readonly reserved: MicroUsd;
}

export type AccountScope = "tenant" | "repository";

/** Whose spending of a day is counted. */
export interface Account {
  readonly scope: AccountScope;
  readonly id: string;
}

export interface CappedAccount extends Account {
  /** Most that may be spent or reserved in the day; null only counts. */
  readonly cap: MicroUsd | null;
}

/**
 * A change of the daily ledger, made in the same transaction as the facts. A reservation counts for all its accounts or, when it would
 * pass the cap of one of them, for none. `day` is a UTC day, `YYYY-MM-DD`.
 */
export type LedgerEntry =
  | {
      readonly kind: "reserve";
      readonly day: string;
      readonly key: string;
      readonly amount: MicroUsd;
      /** At most one of each scope. */
      readonly accounts: readonly CappedAccount[];
    }
  | { readonly kind: "settle"; readonly key: string; readonly amount: MicroUsd };

/** Who holds a lease, for how long, from when (milliseconds). */
export interface Lease {
  readonly holder: string;
  readonly leaseMs: number;
  readonly now: number;
}

export interface ReceiveEntry {
  readonly at: string;
  /** Called inside the transaction; pure. Null ignores the delivery, which is remembered all the same. */
  readonly admit: (known: KnownRuns) => Admission | null;
}

export interface AppendEntry {
  /** Index that the first of the facts must get. */
  readonly next: number;
  readonly events: readonly RunEvent[];
  readonly at: string;
  readonly summary: RunSummary;
  /** Entered with the facts, all or none; one of them at most reserves, and it is asked before the others are entered. */
  readonly ledger?: readonly LedgerEntry[];
}

/** A run that begins with facts `0` to `at` of `origin`, then the facts of `events`. */
export interface ForkEntry {
  readonly run: RunId;
  readonly origin: RunId;
  readonly at: number;
  /** The first is `run.forked`. */
  readonly events: readonly RunEvent[];
  /** Time of these facts; those taken over keep theirs. ISO 8601. */
  readonly time: string;
  readonly summary: RunSummary;
  readonly silent: boolean;
  /** Whether the origin gives its issue up to the fork, if it owns it; it does not unless this says so. */
  readonly takesOver?: boolean;
  /** The claim on the origin under which it is founded: nothing is, once another has taken the origin. */
  readonly claim?: Claim;
}

export type Forked =
  /** Made now, or by an earlier call with the same run. */
  | { readonly kind: "forked"; readonly next: number }
  /** The origin was taken from whoever asks; nothing was written. */
  | { readonly kind: "fenced" }
  /** Another live run owns the issue; nothing was written. */
  | { readonly kind: "live"; readonly run: RunId }
  /** No such origin, or it has no fact `at`. */
  | { readonly kind: "missing"; readonly facts: number };

export interface Journal {
  /**
   * Takes a delivery in: both keys and the facts of `admit` are written in one transaction, or nothing is.
   * A key seen before gives `duplicate`. `admit` is called inside the transaction, must be pure, and may return null to ignore the delivery
   * (which is remembered all the same).
   */
  receive(keys: DeliveryKeys, subject: Subject, entry: ReceiveEntry): Promise<Receipt>;
  /** Whether a delivery of one of these names was taken in before. */
  isKnown(keys: DeliveryKeys): Promise<boolean>;
  /** When the oldest delivery came that is remembered (ISO 8601); null when none is. */
  remembersFrom(): Promise<string | null>;
  /**
   * Raises the epoch and takes the lease; null while a lease runs (this holder's own included: two wakes of one run in one process must
   * not fence each other) and for an unknown run.
   */
  claim(run: RunId, lease: Lease): Promise<Claim | null>;
  /** Extends the lease; false when the epoch was taken or the lease given back. */
  renew(claim: Claim, lease: Lease): Promise<boolean>;
  /**
   * Gives the lease back if no fact came after `next - 1`; false when one did (then load and go on) or the epoch was taken.
   * `dueAt` (ISO 8601) puts the run off: it is not due before, unless a delivery arrives.
   */
  release(claim: Claim, next: number, dueAt?: string): Promise<boolean>;
  /**
   * Gives back a run that cannot be gone on with: it is not due any more, and is listed with `status`, until a delivery arrives. As `release`
   * without effect, and false, when a fact came after `next - 1` or the epoch was taken.
   */
  setAside(claim: Claim, next: number, status: string): Promise<boolean>;
  /**
   * Appends facts at exactly `next`, durable when it returns. `over_cap` when a reservation would pass a cap: then nothing was written.
   */
  append(claim: Claim, entry: AppendEntry): Promise<Appended>;
  /** Facts from `from` on, in order. Throws `journal_corrupt` on a gap or a fact it cannot read; an unknown run is an empty list. */
  load(run: RunId, from?: number): Promise<StoredEvent[]>;
  /** Number of facts of a run; cheap enough to ask every second. */
  head(run: RunId): Promise<number>;
  /** Newest first. */
  runs(filter: { readonly live?: boolean; readonly limit: number }): Promise<RunRow[]>;
  find(run: RunId): Promise<RunRow | null>;
  /** Runs that a worker should look at: due, not silent, and no lease running at `now`. Oldest due first. */
  due(now: number, limit: number): Promise<readonly { run: RunId; next: number }[]>;
  /** Founds a run on the first facts of another, in one transaction. Calling it again for the same run changes nothing. */
  fork(entry: ForkEntry): Promise<Forked>;
  /**
   * Removes runs that are over, owe nothing and were last written before `before` (ISO 8601), facts and all, but for the totals of the
   * daily ledger. Forgets deliveries that came 7 days before that or earlier. Gives the runs, at most `limit`.
   */
  prune(before: string, limit: number): Promise<readonly RunId[]>;
  /** The artifacts that facts refer to. Throws `journal_corrupt`: what cannot be read may refer to anything. */
  referred(): Promise<ReadonlySet<Digest>>;
  /** Spent or reserved for an account on a UTC day (`YYYY-MM-DD`). */
  spent(account: Account, day: string): Promise<MicroUsd>;
  close(): Promise<void>;
}

/**
 * Bytes by their SHA-256. Putting the same bytes twice is one artifact. All throw `storage_unavailable` when the store does not answer, and
 * `artifacts_refused` when it does not let us in.
 */
export interface Artifacts {
  /** Durable when it returns, and not collected for a while: a put counts as such also when the bytes are there already. */
  put(bytes: Uint8Array): Promise<Digest>;
  /** Throws `artifact_missing`, also for bytes that are damaged: the next put of them mends that. */
  get(digest: Digest): Promise<Uint8Array>;
  /**
   * Removes artifacts last put before `before` (milliseconds since 1970) that are not in `keep`; gives how many. `before` must lie so far
   * back that the fact which names an artifact put then is in the journal that `keep` was read from.
   */
  collect(keep: ReadonlySet<Digest>, before: number): Promise<number>;
}
