/*
 * A circuit breaker for one provider.
 *
 * 1. Closed: everything is let through. `FAILURES` outages in a row, the first no older than `WITHIN_MS`, open it. Anything else that
 *    the provider says ends the row: a refusal is a sign of life.
 * 2. Open: nothing is let through for `REST_MS`.
 * 3. Half open: one call is let through as a probe. An answer closes the circuit, an outage opens it for another rest, and a call
 *    that was cancelled proves nothing: the next one is the probe.
 * 4. A person who wants it tried now makes an open circuit half open.
 */

const FAILURES = 5;
const WITHIN_MS = 60_000;
const REST_MS = 30_000;

/** A slow probe keeps the others waiting for no longer. */
const PROBE_MS = 60_000;

/** What a call that was let through must say when it is over. */
export type Leave = (end: "alive" | "outage" | "nothing") => void;

export interface Breaker {
  /** Lets a call through, or tells the milliseconds until one may be tried. */
  enter(): { readonly leave: Leave } | { readonly waitMs: number };
  /** The next call is let through, as a probe where the circuit is open. */
  probe(): void;
}

type State =
  | { readonly kind: "closed"; readonly outages: readonly number[] }
  | { readonly kind: "open"; readonly until: number };

/** `now` in milliseconds, from any fixed moment. */
export function createBreaker(now: () => number): Breaker {
  let state: State = { kind: "closed", outages: [] };
  const rest = (ms: number): State => ({ kind: "open", until: now() + ms });

  const leaveClosed: Leave = (end) => {
    if (end === "alive") state = { kind: "closed", outages: [] };
    // What began before the circuit opened tells nothing new by failing as well.
    if (end !== "outage" || state.kind === "open") return;
    const at = now();
    const outages = [...state.outages.filter((time) => at - time < WITHIN_MS), at];
    state = outages.length >= FAILURES ? rest(REST_MS) : { kind: "closed", outages };
  };

  const leaveProbe: Leave = (end) => {
    if (end === "alive") state = { kind: "closed", outages: [] };
    else state = rest(end === "outage" ? REST_MS : 0);
  };

  return {
    enter: () => {
      if (state.kind === "closed") return { leave: leaveClosed };
      const waitMs = Math.ceil(state.until - now());
      if (waitMs > 0) return { waitMs };
      state = rest(PROBE_MS);
      return { leave: leaveProbe };
    },
    probe: () => {
      if (state.kind === "open") state = rest(0);
    },
  };
}
