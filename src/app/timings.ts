import { DEFAULT_TIMINGS, type Timings } from "../run/world.ts";

/*
 * Shorter waits for the suites that break things, from `JOURNEYMAN_TIMINGS`: `NAME=MILLISECONDS`, several with commas between them. What is
 * not named stays as it is. No setting for people: a lease shorter than a pause of the process gives runs away.
 */

const NAMES = Object.keys(DEFAULT_TIMINGS).join("|");
const ONE = `(?:${NAMES})=[1-9]\\d{0,6}`;

export const TIMINGS = new RegExp(`^${ONE}(?:,${ONE})*$`);

/** The defaults with what the variable changes. It must fit `TIMINGS`. */
export function timingsOf(setting: string | undefined): Timings {
  const pairs = (setting?.split(",") ?? []).map((pair) => pair.split("="));
  return { ...DEFAULT_TIMINGS, ...Object.fromEntries(pairs.map(([name, value]) => [name, Number(value)])) };
}
