import { createHash } from "node:crypto";
import type { RunId } from "../core/ids.ts";

/*
 * The ids of a run's trace come from the run and nothing else: whoever goes on with a run, in whatever process, goes on with its
 * trace, and a span that is sent a second time is the same span.
 */

const CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * The run's id read as the 128-bit number that it is: 32 hexadecimal digits. The last 80 bits are random, as samplers that look at
 * the end of a trace id expect.
 */
export function traceIdOf(run: RunId): string {
  let value = 0n;
  for (const digit of run) value = (value << 5n) | BigInt(CROCKFORD.indexOf(digit));
  return BigInt.asUintN(128, value).toString(16).padStart(32, "0");
}

/** The id of a piece of work of a run: 16 hexadecimal digits. `key` names the piece by its kind and the fact it began with. */
export const spanIdOf = (run: RunId, key: string): string =>
  createHash("sha256").update(`${run}/${key}`).digest("hex").slice(0, 16);

/** The key of the piece that all others of a run lie in. */
export const RUN_KEY = "run";
