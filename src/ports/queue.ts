import type { RunId } from "../core/ids.ts";

/** What a handler says of a wake: finished with it, or look again later (a busy lease, a wait). Never dropped. */
export type Handled = { readonly kind: "done" } | { readonly kind: "again"; readonly delayMs: number };

export interface Queue {
  /** "Look at this run." Idempotent for one (run, index). */
  wake(run: RunId, index: number, delayMs?: number): Promise<void>;
  /** Starts taking wakes; the signal passed to the handler fires when this process should let go. */
  consume(
    handler: (run: RunId, signal: AbortSignal) => Promise<Handled>,
    options: { readonly concurrency: number },
  ): Promise<void>;
  /** Throws `redis_unreachable` or `redis_policy`. */
  check(): Promise<void>;
  /**
   * Makes every connection anew and goes on with them: for a process that takes nothing although there is work. Handlers under way go on.
   * Throws `redis_unreachable` when Redis does not answer on a new connection either; then nothing was changed.
   */
  renew(): Promise<void>;
  /** Stops taking wakes, gives handlers `graceMs`, then lets go. */
  close(graceMs: number): Promise<void>;
}
