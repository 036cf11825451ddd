/** Why a call was ended from our side. */
export type Verdict = "cancelled" | "stalled" | "overtime" | "astray";

export interface Watchdog {
  /** Fires when the caller's signal fires, no byte came for too long, or the whole answer took too long. */
  readonly signal: AbortSignal;
  /** Bytes have come. The first call starts the idle clock; until then the client's own timeout for headers counts. */
  touch(): void;
  /** The answer is whole; what remains is the end of the stream, which is not worth a long wait. */
  expectEnd(): void;
  /** The answer goes wrong, and the rest of it is not wanted. */
  giveUp(): void;
  /** The first reason only. Null while nothing was ended. */
  verdict(): Verdict | null;
  close(): void;
}

/** Long enough for the last chunk of a healthy stream, so that its connection can be used again. */
const END_MS = 250;

/**
 * Watches bytes, not events: a ping is a sign of life, though the vendor's client hides it. The client's own timeout ends with the
 * response headers, so nothing else notices a stream that falls silent.
 */
export function createWatchdog(options: { signal: AbortSignal; stallMs: number; turnTimeoutMs: number }): Watchdog {
  const controller = new AbortController();
  let verdict: Verdict | null = null;
  let idle: NodeJS.Timeout | null = null;

  const end = (reason: Verdict) => {
    verdict ??= reason;
    controller.abort();
  };
  const onCancel = () => end("cancelled");
  const overtime = setTimeout(() => end("overtime"), options.turnTimeoutMs);
  if (options.signal.aborted) onCancel();
  else options.signal.addEventListener("abort", onCancel, { once: true });

  const idleFor = (ms: number) => {
    if (idle !== null) clearTimeout(idle);
    idle = setTimeout(() => end("stalled"), ms);
  };

  return {
    signal: controller.signal,
    touch: () => {
      if (idle === null) idleFor(options.stallMs);
      else idle.refresh();
    },
    expectEnd: () => idleFor(END_MS),
    giveUp: () => end("astray"),
    verdict: () => verdict,
    close: () => {
      clearTimeout(overtime);
      if (idle !== null) clearTimeout(idle);
      options.signal.removeEventListener("abort", onCancel);
    },
  };
}
