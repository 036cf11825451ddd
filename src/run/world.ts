import type { RunEvent } from "../core/events.ts";
import type { MicroUsd } from "../core/money/money.ts";
import type { Artifacts, Journal } from "../ports/journal.ts";
import type { BaseTrees } from "../ports/trees.ts";
import type { Clock } from "../ports/clock.ts";
import type { Failpoint } from "../ports/failpoint.ts";
import type { Forge } from "../ports/forge.ts";
import type { Model } from "../ports/model.ts";
import type { Sandbox } from "../ports/sandbox.ts";
import type { Web } from "../ports/web.ts";
import type { ViewOptions } from "../views/frame.ts";

/** What a run writes to the log: a name for the event and its data, never free text with data in it. */
export interface Log {
  info(data: object, event: string): void;
  warn(data: object, event: string): void;
}

/** How long things may take, in milliseconds. */
export interface Timings {
  /** A lease that is not renewed for so long may be taken by another worker. */
  readonly leaseMs: number;
  /** How often a stage at work looks for new commands. */
  readonly watchMs: number;
  /** Least time between two edits of the status comment. */
  readonly statusMs: number;
  /** First wait after something outside failed; doubles up to `maxParkMs`. */
  readonly parkMs: number;
  readonly maxParkMs: number;
}

export const DEFAULT_TIMINGS: Timings = {
  leaseMs: 6_000,
  watchMs: 500,
  statusMs: 5_000,
  parkMs: 15_000,
  maxParkMs: 600_000,
};

/** Everything a run touches, built once by the composition root. */
export interface World {
  readonly journal: Journal;
  readonly artifacts: Artifacts;
  readonly forge: Forge;
  readonly trees: BaseTrees;
  readonly sandbox: Sandbox;
  readonly model: Model;
  /** Hosts that the operator opens; absent when there are none. */
  readonly web?: Web;
  readonly clock: Clock;
  /** In [0, 1): jitter of waits. */
  readonly random: () => number;
  readonly log: Log;
  /** Removes secrets from a fact before it is written. */
  readonly redact: (event: RunEvent) => RunEvent;
  /** Most that one tenant may spend in a UTC day, whatever its repositories' settings say. */
  readonly dayCapMicroUsd: MicroUsd;
  /** Names this process in leases. */
  readonly worker: string;
  readonly view: ViewOptions;
  readonly timings: Timings;
  /** Passed at named moments; does nothing but in the suites that kill processes there. */
  readonly failpoint: Failpoint;
}

/** Milliseconds to wait before the n-th try, doubling. */
export const backoff = ({ timings }: Pick<World, "timings">, tries: number, asked: number | null): number =>
  Math.max(asked ?? 0, Math.min(timings.maxParkMs, timings.parkMs * 2 ** Math.min(tries, 20)));
